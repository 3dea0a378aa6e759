/** What is wrong with the numbers, in a sentence, for as long as it is. */
import { age, connection } from '../live/state.ts';
import { useStore } from '../parts/store.ts';
import type { Texts } from '../texts/en.ts';
import { useWords } from '../texts/texts.ts';

const known = (code: string, trouble: Texts['trouble']): string => {
  switch (code) {
    case 'network_error':
    case 'deadline_exceeded':
    case 'dependency_unavailable':
    case 'overloaded':
    case 'quota_exceeded': return trouble[code];
    default: return trouble.other(code);
  }
};

export function Trouble() {
  const { t } = useWords();
  const [state, read] = [useStore(connection), useStore(age)];
  const lost = state?.kind === 'reconnecting' ? known(state.code, t.trouble) : undefined;
  const slow = read === undefined || read.source === 'cache' ? undefined : t.trouble[read.source];
  if (lost === undefined && slow === undefined) return null;
  return (
    <p class="trouble" data-kind={lost === undefined ? 'slow' : 'lost'}>
      <i aria-hidden="true">{lost === undefined ? '◐' : '○'}</i>
      <span>{lost === undefined ? null : <b>{t.trouble.title} </b>}{lost ?? slow}</span>
    </p>
  );
}
