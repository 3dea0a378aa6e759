/** The grid and its live source: rows come in, cells are written, and everything else is drawn again at its leisure. */
import type { Client } from '@inventory/client/client.ts';
import { useEffect, useRef, useState } from 'preact/hooks';
import { pausable, paused } from '../live/state.ts';
import type { StockRow } from '../live/watch.ts';
import { watch } from '../live/watch.ts';
import { say } from '../parts/status.tsx';
import { throttled } from '../parts/throttle.ts';
import { linkTo, setQuery } from '../place.ts';
import { codeOf } from '../session/access.ts';
import { isStaff, mayExplain } from '../session/session.ts';
import type { Session } from '../session/session.ts';
import { useWords } from '../texts/texts.ts';
import type { Product, ShopStore } from './catalogue.ts';
import type { Recent } from './feed.tsx';
import { Feed } from './feed.tsx';
import type { Filters } from './filters.ts';
import { fits, inOrder } from './filters.ts';
import type { Grid } from './grid.ts';
import { createGrid } from './grid.ts';
import type { Numbers } from './numbers.ts';

interface Props {
  readonly client: Client;
  readonly session: Session;
  readonly numbers: Numbers;
  readonly filters: Filters;
  readonly stores: readonly ShopStore[];
  readonly shown: { readonly items: readonly Product[]; readonly from: number; readonly size: number };
  /** Products that fit the text. */
  readonly found: number;
}

const ARRANGE_MS = 1000;
const FEED_MS = 500;
const MOST_RECENT = 40;

export function LiveGrid(props: Props) {
  const { client, session, numbers, filters, stores, shown, found } = props;
  const words = useWords();
  const { t } = words;
  const place = useRef<HTMLDivElement>(null);
  const grid = useRef<Grid | undefined>(undefined);
  const latest = useRef(props);
  latest.current = props;
  const [left, setLeft] = useState(shown.items.length);
  const [recent, setRecent] = useState<readonly Recent[]>([]);
  const productIds = shown.items.map(({ id }) => id).join(',');
  const storeIds = stores.map(({ id }) => id).join(',');

  const arrange = (): void => {
    const { filters: wanted, shown: { items } } = latest.current;
    const ids = latest.current.stores.map(({ id }) => id);
    const now = performance.now();
    const rows = inOrder(items.filter(({ id }) => fits(id, wanted, numbers, ids, now)), wanted.order, numbers, ids);
    grid.current?.arrange(rows);
    setLeft(rows.length);
  };

  useEffect(() => {
    const made = createGrid({
      products: shown.items, stores, numbers, words,
      productLink: (product) => (isStaff(session) ? linkTo({ page: 'product', product }) : undefined),
      explainLink: (product, store) => (mayExplain(session, store) ? linkTo({ page: 'explain', store, product }) : undefined),
    });
    grid.current = made;
    place.current?.replaceChildren(made.table);
    arrange();
  }, [productIds, storeIds, words]);

  useEffect(arrange, [filters.level, filters.changed, filters.order]);

  useEffect(() => {
    const ended = new AbortController();
    const names = new Map(shown.items.map(({ id, name }) => [id, name]));
    const waiting = new Map<string, StockRow>();
    let [changes, nowOut, isPaused]: [number, Set<string>, boolean] = [0, new Set(), false];
    const list: Recent[] = [];
    const arrangeSoon = throttled(ARRANGE_MS, arrange);
    const drawFeed = throttled(FEED_MS, () => { setRecent([...list]); });
    const take = (rows: readonly StockRow[]): void => {
      const now = performance.now();
      for (const row of rows) {
        const change = numbers.take(row, now);
        if (change === undefined) continue;
        grid.current?.write(change, change.before !== undefined);
        if (change.before === undefined) continue;
        list.unshift({ ...change, name: names.get(change.product) ?? change.product, at: row.committedAt, what: row.what, key: `${row.product} ${row.store} ${row.version}` });
        changes += 1;
        if (change.after.level === 'out' && change.before.level !== 'out') nowOut.add(change.product);
      }
      list.length = Math.min(list.length, MOST_RECENT);
      arrangeSoon.ask();
      drawFeed.ask();
      if (changes > 0) {
        say(() => {
          const sentence = t.board.said(words.n(changes), words.n(nowOut.size));
          [changes, nowOut] = [0, new Set()];
          return sentence;
        });
      }
    };
    paused.set(undefined);
    pausable.set(true);
    const stop = paused.subscribe((state) => {
      isPaused = state !== undefined;
      if (isPaused || waiting.size === 0) return;
      const rows = [...waiting.values()];
      waiting.clear();
      take(rows);
    });
    const isKnown = ({ product, store }: StockRow): boolean => numbers.cell(product, store) !== undefined;
    watch(client, {
      products: productIds === '' ? [] : productIds.split(','), signal: ended.signal,
      ...(filters.stores.length === 0 ? {} : { stores: storeIds.split(',') }),
      onRows: (rows) => {
        if (!isPaused) {
          take(rows);
          return;
        }
        for (const row of rows) waiting.set(`${row.product} ${row.store}`, row);
        // What is new on the page hides nothing that somebody reads.
        if (rows.length > 0 && rows.some(isKnown)) paused.set({ waiting: waiting.size });
      },
    }).catch((error: unknown) => { if (codeOf(error) !== 'unauthenticated') reportError(error); });
    return () => {
      ended.abort();
      stop();
      arrangeSoon.end();
      drawFeed.end();
    };
  }, [client, productIds, filters.stores.length === 0 ? '' : storeIds]);

  const to = Math.min(shown.from + shown.items.length, found);
  return (
    <div class="cols">
      <div>
        <div class="card scroll" ref={place} />
        {left === 0 ? (
          <p class="card empty">
            {t.board.none}{' '}
            <button type="button" onClick={() => { setQuery({ q: undefined, level: undefined, changed: undefined, page: undefined }); }}>{t.board.clear}</button>
          </p>
        ) : null}
        <div class="below">
          <span class="soft keys">{t.board.keys}</span>
          {found > shown.size ? (
            <nav class="row" aria-label={t.board.page(words.number(shown.from + 1), words.number(to), words.number(found))}>
              <span class="soft">{t.board.page(words.number(shown.from + 1), words.number(to), words.number(found))}</span>
              <button type="button" disabled={shown.from === 0} onClick={() => { setQuery({ page: String(shown.from / shown.size) }); }}>{t.board.previous}</button>
              <button type="button" disabled={to >= found} onClick={() => { setQuery({ page: String(shown.from / shown.size + 2) }); }}>{t.board.next}</button>
            </nav>
          ) : null}
        </div>
      </div>
      <Feed recent={recent} />
    </div>
  );
}
