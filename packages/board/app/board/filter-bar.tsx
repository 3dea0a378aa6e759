/** What is shown of the board: text, stores, level, what has changed, and in which order. All of it is in the URL. */
import { useEffect, useState } from 'preact/hooks';
import type { Level } from '../parts/level.ts';
import { SHAPES } from '../parts/level.ts';
import { setQuery } from '../place.ts';
import { useWords } from '../texts/texts.ts';
import type { Catalogue, Product, ShopStore } from './catalogue.ts';
import type { Filters, Order } from './filters.ts';
import type { Numbers } from './numbers.ts';

interface Props {
  readonly catalogue: Catalogue;
  readonly filters: Filters;
  readonly stores: readonly ShopStore[];
  readonly products: readonly Product[];
  readonly numbers: Numbers;
}

const COUNT_MS = 1000;
const ORDERS: readonly Order[] = ['name', 'changed', 'least'];

export function FilterBar({ catalogue, filters, stores, products, numbers }: Props) {
  const words = useWords();
  const { t } = words;
  const [, drawAgain] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => { drawAgain((count) => count + 1); }, COUNT_MS);
    return () => { clearInterval(timer); };
  }, []);
  const ids = stores.map(({ id }) => id);
  const count = (level: Level): string => words.number(products.filter(({ id }) => numbers.levels(id, ids).has(level)).length);
  const level = (wanted: Exclude<Level, 'ok'>) => (
    <button
      type="button" class="chip" data-level={wanted} aria-pressed={filters.level === wanted}
      onClick={() => { setQuery({ level: filters.level === wanted ? undefined : wanted }); }}
    >
      <i aria-hidden="true">{SHAPES[wanted]}</i> {t.levels[wanted]} <b>{count(wanted)}</b>
    </button>
  );
  return (
    <div class="bar" role="search">
      <input
        type="search" aria-label={t.board.search} placeholder={t.board.search} value={filters.text}
        onInput={({ currentTarget }) => { setQuery({ q: currentTarget.value, page: undefined }); }}
      />
      <StorePicker catalogue={catalogue} filters={filters} shown={stores} />
      <div class="row" role="group" aria-label={t.board.levels}>
        <button
          type="button" class="chip" aria-pressed={filters.level === undefined && !filters.changed}
          onClick={() => { setQuery({ level: undefined, changed: undefined }); }}
        >
          {t.board.all} <b>{words.number(products.length)}</b>
        </button>
        {level('low')}
        {level('out')}
        <button
          type="button" class="chip" aria-pressed={filters.changed}
          onClick={() => { setQuery({ changed: filters.changed ? undefined : '5' }); }}
        >
          {t.board.changed}
        </button>
      </div>
      <label class="end soft">
        {t.board.sort}{' '}
        <select value={filters.order} onChange={({ currentTarget: { value } }) => { setQuery({ sort: value === 'name' ? undefined : value }); }}>
          {ORDERS.map((order) => <option key={order} value={order}>{t.board.sorts[order]}</option>)}
        </select>
      </label>
    </div>
  );
}

function StorePicker({ catalogue: { stores }, filters, shown }: Pick<Props, 'catalogue' | 'filters'> & { readonly shown: readonly ShopStore[] }) {
  const words = useWords();
  const { t } = words;
  const all = words.number(stores.length);
  const choose = (id: string, on: boolean): void => {
    const chosen = stores.map((store) => store.id).filter((each) => (each === id ? on : filters.stores.includes(each)));
    setQuery({ stores: chosen.length === stores.length ? undefined : chosen.join(','), page: undefined });
  };
  return (
    <details
      class="pick"
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || !event.currentTarget.open) return;
        event.currentTarget.open = false;
        event.currentTarget.querySelector('summary')?.focus();
      }}
    >
      <summary>{shown.length === stores.length ? t.board.allStores(words.n(stores.length)) : t.board.someStores(words.n(shown.length), all)}</summary>
      <fieldset>
        <legend class="unseen">{t.board.stores}</legend>
        {stores.map(({ id, name }) => (
          <label key={id}>
            <input type="checkbox" checked={filters.stores.includes(id)} onChange={({ currentTarget }) => { choose(id, currentTarget.checked); }} />
            <span>{name} <small class="mono soft">{id}</small></span>
          </label>
        ))}
        {filters.stores.length === 0 ? <p class="soft">{t.board.noStores}</p>
          : <button type="button" onClick={() => { setQuery({ stores: undefined, page: undefined }); }}>{t.board.clear}</button>}
      </fieldset>
    </details>
  );
}
