/** What is shown in place of a page that could not be read, with what to do. */
import { linkTo } from '../place.ts';
import { useWords } from '../texts/texts.ts';

interface Props {
  /** Of the problem. */
  readonly code: string;
  readonly role: string;
  readonly again?: () => void;
}

export function Failure({ code, role, again }: Props) {
  const { t } = useWords();
  const forbidden = code === 'forbidden' || code === 'store_not_in_scope';
  const sentence = forbidden ? t.problems.forbidden : code === 'not_found' || code === 'validation_failed' ? t.problems.not_found : t.problems.failed(code);
  return (
    <section class="card failure">
      <h1 tabIndex={-1}>{sentence}</h1>
      {forbidden ? <p class="soft">{t.problems.forbiddenMore(role)}</p> : null}
      <p class="row">
        {again !== undefined && !forbidden ? <button type="button" class="primary" onClick={again}>{t.retry}</button> : null}
        <a class="button" href={linkTo({ page: 'board' })}>{t.back}</a>
      </p>
    </section>
  );
}
