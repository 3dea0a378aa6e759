/** What is wrong with the numbers, in a sentence, for as long as it is. */
import { connection } from '../live/state.ts';
import { useStore } from '../parts/store.ts';
import type { Texts } from '../texts/en.ts';
import { useWords } from '../texts/texts.ts';

/** Undefined for what passes by itself within a moment: a server that stops in good order, a token that was renewed. */
const known = (code: string, trouble: Texts['trouble']): string | undefined => {
  switch (code) {
    case 'network_error':
    case 'deadline_exceeded':
    case 'dependency_unavailable':
    case 'overloaded':
    case 'quota_exceeded': return trouble[code];
    case 'DRAIN':
    case 'AGE':
    case 'TOKEN':
    case 'EPOCH': return undefined;
    default: return trouble.other(code);
  }
};

export function Trouble() {
  const { t } = useWords();
  const state = useStore(connection);
  const lost = state?.kind === 'reconnecting' ? known(state.code, t.trouble) : undefined;
  if (lost === undefined) return null;
  return (
    <p class="trouble" data-kind="lost">
      <i aria-hidden="true">○</i>
      <span><b>{t.trouble.title}</b> {lost}</span>
    </p>
  );
}
