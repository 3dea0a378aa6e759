/** What has changed since the page came, the newest first. */
import type { Change } from './numbers.ts';
import { useWords } from '../texts/texts.ts';

export interface Recent extends Change {
  readonly name: string;
  /** Milliseconds since 1970 by the server: as of when the change was seen. */
  readonly at: number;
  readonly key: string;
}

export function Feed({ recent }: { readonly recent: readonly Recent[] }) {
  const words = useWords();
  const { t } = words;
  const newest = recent[0]?.at ?? 0;
  const inMinute = recent.filter(({ at }) => newest - at < 60_000).length;
  return (
    <aside class="card feed" aria-label={t.feed.title}>
      <div class="hd"><h2>{t.feed.title}</h2>{recent.length === 0 ? null : <span class="soft">{t.feed.rate(words.number(inMinute))}</span>}</div>
      {recent.length === 0 ? <p class="soft empty">{t.feed.none}</p> : (
        <ul>
          {recent.map(({ key, at, name, delta, store, after, before }) => {
            const fell = after.level !== 'ok' && after.level !== before?.level;
            const heldMore = after.reserved - (before?.reserved ?? 0);
            return (
              <li key={key}>
                <time dateTime={new Date(at).toISOString()}>{words.time(at)}</time>
                <b class={delta < 0 ? 'minus' : 'plus'}>{delta === 0 ? '·' : words.signed(delta)}</b>
                <span>
                  {name}
                  <small>{t.feed.became[fell ? after.level : 'ok'](store)}{heldMore !== 0 ? ` · ${t.feed.held(words.signed(heldMore))}` : ''}</small>
                </span>
              </li>
            );
          })}
        </ul>
      )}
    </aside>
  );
}
