/** A product: what each store has of it, who holds some of it for how long, and what has happened to it. */
import type { Client, Output } from '@inventory/client/client.ts';
import { useEffect, useState } from 'preact/hooks';
import { serverNow } from '../live/clock.ts';
import type { StockRow } from '../live/watch.ts';
import { watch } from '../live/watch.ts';
import { levelOf, SHAPES } from '../parts/level.ts';
import { Plot } from '../parts/plot.tsx';
import { linkTo } from '../place.ts';
import { codeOf } from '../session/access.ts';
import type { Session } from '../session/session.ts';
import { isStaff, mayExplain } from '../session/session.ts';
import { Command } from '../shell/command.tsx';
import { Failure } from '../shell/failure.tsx';
import { useWords } from '../texts/texts.ts';
import { Events } from './events.tsx';
import type { StoreFacts } from './facts.ts';
import { readFacts } from './facts.ts';
import { Holds } from './holds.tsx';
import { hourOf } from './hour.ts';

interface Props { readonly client: Client; readonly session: Session; readonly product: string }

/** Explanations are dear: a store that changes all the time is asked about now and then. */
const SETTLE_MS = 1500;

export function ProductPage({ client, session, product }: Props) {
  const words = useWords();
  const { t } = words;
  const [found, setFound] = useState<Output<'getProduct'>>();
  const [failure, setFailure] = useState<string>();
  const [rows, setRows] = useState<ReadonlyMap<string, StockRow>>(new Map());
  const [facts, setFacts] = useState<ReadonlyMap<string, StoreFacts>>(new Map());

  useEffect(() => {
    const ended = new AbortController();
    const { signal } = ended;
    const timers = new Map<string, ReturnType<typeof setTimeout>>();
    // One store after the other: explanations have few places, and other people have theirs to ask.
    let turn: Promise<unknown> = Promise.resolve();
    const learn = ({ store, reserved }: StockRow, afterMs: number): void => {
      if (!mayExplain(session, store)) return;
      clearTimeout(timers.get(store));
      timers.set(store, setTimeout(() => {
        turn = turn.then(() => readFacts(client, { store, product, reserved }, signal)).then((known) => { setFacts((all) => new Map(all).set(store, known)); },
          // The numbers still come; the next change asks again.
          () => undefined);
      }, afterMs));
    };
    setFailure(undefined);
    client.getProduct({ id: product }, { signal }).then((named) => {
      setFound(named);
      return watch(client, {
        products: [product], signal,
        onRows: (changed) => {
          if (changed.length === 0) return;
          setRows((all) => {
            for (const row of changed) learn(row, all.has(row.store) ? SETTLE_MS : 0);
            return new Map([...all, ...changed.map((row) => [row.store, row] as const)]);
          });
        },
      });
    }).catch((error: unknown) => {
      if (!signal.aborted) setFailure(codeOf(error) ?? String(error));
    });
    return () => {
      ended.abort();
      for (const timer of timers.values()) clearTimeout(timer);
    };
  }, [client, session, product]);

  if (failure !== undefined) return <Failure code={failure} role={session.role} />;
  if (found === undefined) return <p class="soft wait">{t.loading}</p>;
  const stores = [...rows.values()].sort((a, b) => a.store.localeCompare(b.store));
  const sum = (of: (row: StockRow) => number): string => words.number(stores.reduce((total, row) => total + of(row), 0));
  const holds = [...facts].flatMap(([store, known]) => known.holds.map((hold) => ({ ...hold, store })))
    .sort((a, b) => a.expires_at.localeCompare(b.expires_at));
  return (
    <>
      <div class="title">
        <div><h1 tabIndex={-1}>{found.name}</h1><p class="mono soft">{found.sku}</p></div>
        <p class="totals"><b>{sum(({ available }) => available)}</b> <span class="soft">{t.product.available}, {t.product.held(sum(({ reserved }) => reserved))}</span></p>
      </div>
      <div class={isStaff(session) ? 'cols' : ''}>
        <div>
          <section class="card">
            <div class="hd"><h2>{t.product.stores}</h2><span class="soft">{t.product.hour}</span></div>
            <div class="scroll" tabIndex={0} role="region" aria-label={t.product.stores}>
              <table class="list">
                <thead>
                  <tr>
                    <th scope="col">{t.product.store}</th><th scope="col">{t.product.availableColumn}</th><th scope="col">{t.product.heldColumn}</th>
                    {isStaff(session) ? <th scope="col" class="wide-column">{t.product.hour}</th> : null}
                    {isStaff(session) ? <td /> : null}
                  </tr>
                </thead>
                <tbody>{stores.map((row) => <StoreRow key={row.store} row={row} session={session} movements={facts.get(row.store)?.movements} />)}</tbody>
              </table>
            </div>
          </section>
          {isStaff(session) ? <Holds holds={holds} /> : <p class="soft">{t.product.notStaff}</p>}
          {isStaff(session) ? (
            <section class="card commands">
              <h2>{t.product.follow}</h2>
              <Command label="NATS" text={`nats sub 'stock.updated.*' 'reservation.*.*' | grep --line-buffered ${product}`} />
              <Command label="HTTP" text={`curl -s "$API_URL/api/v1/events?limit=200" -H "Authorization: Bearer $TOKEN_${session.role.toUpperCase()}" | grep ${product}`} />
            </section>
          ) : null}
        </div>
        {isStaff(session) ? <Events client={client} facts={facts} /> : null}
      </div>
    </>
  );
}

function StoreRow({ row, session, movements }: { readonly row: StockRow; readonly session: Session; readonly movements: StoreFacts['movements'] | undefined }) {
  const words = useWords();
  const { t } = words;
  const { store, product, available, reserved } = row;
  const level = levelOf(available);
  const hour = movements === undefined ? undefined : hourOf(movements, available, serverNow() ?? Date.now());
  const explainable = mayExplain(session, store);
  return (
    <tr>
      <th scope="row">{store}</th>
      <td data-level={level}><b>{SHAPES[level]} {words.number(available)}</b>{level === 'ok' ? null : <small> {t.levels[level]}</small>}</td>
      <td>{words.number(reserved)}</td>
      {isStaff(session) ? (
        <td class="spark">
          {hour === undefined ? null : (
            <Plot
              times={hour.times} lines={[{ label: store, colour: 'accent', values: hour.values }]} height={28} axes={false} language={words.language}
              text={t.product.sparkline(words.number(Math.min(...hour.values)), words.number(Math.max(...hour.values)))}
            />
          )}
        </td>
      ) : null}
      {isStaff(session) ? <td>{explainable ? <a href={linkTo({ page: 'explain', store, product })} aria-label={t.product.whyIn(store)}>{t.product.why}</a> : null}</td> : null}
    </tr>
  );
}
