/** What has changed since the page came, the newest first. */
import type { Change } from './numbers.ts';
import { eventText } from '../shell/actor.ts';
import { useWords } from '../texts/texts.ts';

export interface Recent extends Change {
  readonly name: string;
  /** Milliseconds since 1970 by the server: when it was committed. */
  readonly at: number;
  /** The reason or the type of the event; undefined for who may not see it. */
  readonly what: string | undefined;
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
          {recent.map(({ key, at, name, delta, store, after, before, what }) => {
            const fell = after.level !== 'ok' && after.level !== before?.level;
            const heldMore = after.reserved - (before?.reserved ?? 0);
            return (
              <li key={key}>
                <time dateTime={new Date(at).toISOString()}>{words.time(at)}</time>
                <b class={delta < 0 ? 'minus' : 'plus'}>{delta === 0 ? '·' : words.signed(delta)}</b>
                <span>
                  {name}
                  <small>{what === undefined ? '' : `${eventText(t, what)}${fell ? ' · ' : ' '}`}{t.feed.became[fell ? after.level : 'ok'](store)}{heldMore !== 0 ? ` · ${t.feed.held(words.signed(heldMore))}` : ''}</small>
                </span>
              </li>
            );
          })}
        </ul>
      )}
    </aside>
  );
}
