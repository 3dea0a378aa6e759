/** The step between a wish and its deed: what it means, why it is done, the same as a command, and the word that does it. */
import type { Client } from '@inventory/client/client.ts';
import { isInventoryProblem } from '@inventory/client/client.ts';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Command } from '../shell/command.tsx';
import { useWords } from '../texts/texts.ts';
import { parkedCommand } from './commands.ts';
import type { Wish } from './parked.ts';
import { useOpsTexts } from './texts/texts.ts';

interface Props {
  readonly client: Client;
  readonly wish: Wish;
  /** Of the events, in so far as the page shows them. */
  readonly ids: readonly string[];
  /** @param done what was done, in a sentence; undefined where nothing was */
  readonly onEnd: (done: string | undefined) => void;
}

export function Decide({ client, wish, ids, onEnd }: Props) {
  const words = useWords();
  const { t } = words;
  const ops = useOpsTexts();
  const { verb, chosen, count, reason } = wish;
  const [note, setNote] = useState('');
  const [fault, setFault] = useState<string>();
  const [busy, setBusy] = useState(false);
  const first = useRef<HTMLTextAreaElement>(null);
  useEffect(() => { first.current?.focus(); }, []);
  const text = ops.decide[verb];

  const act = async (): Promise<void> => {
    // A button that is disabled while it waits would lose the focus, and Escape with it.
    if (busy) return;
    setBusy(true);
    const filter = { ...(chosen.length === 0 ? {} : { event_ids: [...chosen] }), ...(chosen.length > 0 || reason === undefined ? {} : { reason }) };
    const why = note.trim();
    try {
      const { decided } = verb === 'retry' ? await client.retryParked({ filter, expected_count: count, ...(why === '' ? {} : { note: why }) })
        : await client.skipParked({ filter, expected_count: count, note: why });
      onEnd(text.done(words.n(decided)));
    } catch (error) {
      setBusy(false);
      if (!isInventoryProblem(error)) throw error;
      const now = error.problem.current_count;
      setFault(error.code === 'version_mismatch' && now !== undefined ? ops.decide.changed(words.n(now), words.number(count)) : t.problems.failed(error.code));
    }
  };

  return (
    <form
      class="card decide" aria-label={text.title(words.n(count))}
      onKeyDown={(event) => { if (event.key === 'Escape') onEnd(undefined); }}
      onSubmit={(event) => {
        event.preventDefault();
        act().catch((error: unknown) => { setFault(String(error)); });
      }}
    >
      <h2>{text.title(words.n(count))}</h2>
      <p>{text.means}</p>
      <label for="note">{verb === 'skip' ? ops.decide.why : ops.decide.whyOptional}</label>
      <textarea id="note" ref={first} rows={2} maxLength={500} required={verb === 'skip'} value={note} onInput={({ currentTarget }) => { setNote(currentTarget.value); }} />
      {fault === undefined ? null : <p class="fault" role="alert">{fault}</p>}
      <p class="row">
        <button type="submit" class="primary" aria-busy={busy} disabled={verb === 'skip' && note.trim() === ''}>{text.act(words.n(count))}</button>
        <button type="button" onClick={() => { onEnd(undefined); }}>{ops.decide.cancel}</button>
      </p>
      <Command label={t.explain.command} text={parkedCommand({ verb, ids, count, reason: chosen.length > 0 ? undefined : reason, note })} />
    </form>
  );
}
