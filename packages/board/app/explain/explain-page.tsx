/** Why a number is what it is: the steps to it, each event, and the number as it was at any of them. */
import type { Client, Output } from '@inventory/client/client.ts';
import { useEffect, useState } from 'preact/hooks';
import { useStore } from '../parts/store.ts';
import { here, linkTo, setQuery } from '../place.ts';
import { codeOf } from '../session/access.ts';
import type { Session } from '../session/session.ts';
import { Command } from '../shell/command.tsx';
import { Failure } from '../shell/failure.tsx';
import { useWords } from '../texts/texts.ts';
import { Chain } from './chain.tsx';
import type { Explanation } from './steps.ts';
import { stepsTo } from './steps.ts';
import { Waterfall } from './waterfall.tsx';

interface Props { readonly client: Client; readonly session: Session; readonly store: string; readonly product: string }

interface Found { readonly explanation: Explanation; readonly product: Output<'getProduct'>; readonly storeName: string }

const SETTLE_MS = 200;

export function ExplainPage({ client, session, store, product }: Props) {
  const words = useWords();
  const { t } = words;
  const [found, setFound] = useState<Found>();
  const [failure, setFailure] = useState<string>();
  const [tries, setTries] = useState(0);
  useEffect(() => {
    const ended = new AbortController();
    const { signal } = ended;
    setFailure(undefined);
    Promise.all([client.explainStock({ store, product }, { signal }), client.getProduct({ id: product }, { signal }), client.getStore({ id: store }, { signal })])
      .then(([explanation, named, { name }]) => { setFound({ explanation, product: named, storeName: name }); }, (error: unknown) => {
        if (!signal.aborted) setFailure(codeOf(error) ?? String(error));
      });
    return () => { ended.abort(); };
  }, [client, store, product, tries]);

  if (failure !== undefined) return <Failure code={failure} role={session.role} again={() => { setTries(tries + 1); }} />;
  if (found === undefined) return <p class="soft wait">{t.loading}</p>;
  const { explanation, product: { name, sku }, storeName } = found;
  return (
    <>
      <div class="title">
        <div>
          <h1 tabIndex={-1}>{t.explain.title(words.number(explanation.available), storeName)}</h1>
          <p><a href={linkTo({ page: 'product', product })}>{name}</a> <span class="mono soft">{sku} · {store}</span></p>
        </div>
        <button type="button" onClick={() => { setTries(tries + 1); }}>{t.explain.again}</button>
      </div>
      <Explained client={client} explanation={explanation} />
      <Command
        label={t.explain.command}
        text={`curl -s $API_URL/api/v1/stores/${store}/stock/${product}/explain -H "Authorization: Bearer $TOKEN_${session.role.toUpperCase()}"`}
      />
    </>
  );
}

function Explained({ client, explanation }: { readonly client: Client; readonly explanation: Explanation }) {
  const words = useWords();
  const { t } = words;
  const { chain } = explanation;
  const asked = Number(useStore(here).query.get('version') ?? NaN);
  const nth = chain.findIndex(({ version }) => version === asked);
  const at = nth < 0 ? chain.length - 1 : nth;
  const movement = chain[at];
  const version = movement === undefined || at === chain.length - 1 ? undefined : movement.version;
  const events = explanation.version - explanation.opening.version;
  const when = movement === undefined || version === undefined ? t.explain.now : words.dateTime(Date.parse(movement.time));
  return (
    <>
      <section class="card">
        <div class="hd">
          <h2>{t.explain.steps}</h2>
          {explanation.agrees ? <span class="soft"><b class="plus" aria-hidden="true">✓</b> {t.explain.agrees(words.n(events), words.number(explanation.version))}</span>
            : <b class="minus">{t.explain.disagrees} {explanation.disagreement}</b>}
        </div>
        <Waterfall steps={stepsTo(explanation, version)} />
        {chain.length < 2 ? null : (
          <div class="as-of">
            <label for="as-of">{t.explain.asOf}</label>
            <input
              id="as-of" type="range" min={0} max={chain.length - 1} value={at} aria-valuetext={when}
              onInput={({ currentTarget }) => {
                const chosen = Number(currentTarget.value);
                setQuery({ version: chosen === chain.length - 1 ? undefined : String(chain[chosen]?.version) });
              }}
            />
            <output for="as-of">{version === undefined ? t.explain.now : t.explain.asOfText(when)}</output>
            {movement === undefined || version === undefined ? null : <AsOf client={client} explanation={explanation} position={movement.position} />}
          </div>
        )}
      </section>
      <Chain chain={version === undefined ? chain : chain.slice(0, at + 1)} />
    </>
  );
}

/** What the API itself says that the row was, as of a position of the log: asked when the slider rests. */
function AsOf({ client, explanation: { store_id: store, product_id: product }, position }: {
  readonly client: Client; readonly explanation: Explanation; readonly position: number;
}) {
  const words = useWords();
  const [row, setRow] = useState<{ readonly available: number; readonly quantity: number; readonly reserved: number }>();
  useEffect(() => {
    const ended = new AbortController();
    const timer = setTimeout(() => {
      // Without an answer the steps above still say it.
      client.getStock({ store, product, as_of: String(position) }, { signal: ended.signal }).then(setRow, () => { setRow(undefined); });
    }, SETTLE_MS);
    return () => {
      clearTimeout(timer);
      ended.abort();
    };
  }, [client, store, product, position]);
  return <p class="soft">{row === undefined ? ' ' : words.t.explain.wasThen(words.number(row.available), words.number(row.quantity), words.number(row.reserved))}</p>;
}
