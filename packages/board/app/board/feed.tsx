/** What has changed since the page came, the newest first. */
import type { ComponentChild } from 'preact';
import type { Change } from './numbers.ts';
import { eventText } from '../shell/actor.ts';
import type { Words } from '../texts/texts.ts';
import { useWords } from '../texts/texts.ts';

export interface Recent extends Change {
  readonly name: string;
  /** Milliseconds since 1970 by the server: when it was committed. */
  readonly at: number;
  /** The reason or the type of the event; undefined for who may not see it. */
  readonly what: string | undefined;
  readonly key: string;
}

/** An item is drawn once: the list is drawn again with each change, and most of it stays as it was. */
const drawn = new WeakMap<Recent, { readonly words: Words; readonly item: ComponentChild }>();

function itemOf(recent: Recent, words: Words): ComponentChild {
  const known = drawn.get(recent);
  if (known?.words === words) return known.item;
  const { t } = words;
  const { key, at, name, delta, store, after, before, what } = recent;
  const fell = after.level !== 'ok' && after.level !== before?.level;
  const heldMore = after.reserved - (before?.reserved ?? 0);
  const item = (
    <li key={key}>
      <time dateTime={new Date(at).toISOString()}>{words.time(at)}</time>
      <b class={delta < 0 ? 'minus' : 'plus'}>{delta === 0 ? '·' : words.signed(delta)}</b>
      <span>
        {name}
        <small>
          {what === undefined ? '' : `${eventText(t, what)}${fell ? ' · ' : ' '}`}{t.feed.became[fell ? after.level : 'ok'](store)}
          {heldMore !== 0 ? ` · ${t.feed.held(words.signed(heldMore))}` : ''}
        </small>
      </span>
    </li>
  );
  drawn.set(recent, { words, item });
  return item;
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
          {recent.map((each) => itemOf(each, words))}
        </ul>
      )}
    </aside>
  );
}
