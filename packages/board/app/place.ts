/**
 * Where a person is: the page and its filters, all in the URL, so that a link shows to others what its sender saw. Filters
 * replace the entry of the history, pages add one. Nothing secret is ever written there.
 */
import { createStore } from './parts/store.ts';

export const BASE = '/api/v1/board';

/** The pages of operators. */
export type OpsPlace = 'pipeline' | 'parked' | 'replays' | 'consistency';

const OPS_PATHS: Readonly<Record<OpsPlace, string>> = { pipeline: '', parked: 'parked', replays: 'replays', consistency: 'consistency' };
const OPS_PLACES: readonly OpsPlace[] = ['pipeline', 'parked', 'replays', 'consistency'];

/** In the order of their tabs; undefined for a page that is for others too. */
export const opsPlaceOf = (page: Place['page']): OpsPlace | undefined => OPS_PLACES.find((each) => each === page);

export type Place =
  | { readonly page: 'board' | 'unknown' | OpsPlace }
  | { readonly page: 'product'; readonly product: string }
  | { readonly page: 'explain'; readonly store: string; readonly product: string };

/** The page that a path names; `unknown` for a path below the board that is none. */
export function placeOf(path: string): Place {
  const [first = '', second = '', third = '', ...more] = path.slice(BASE.length).split('/').filter((part) => part !== '').map(decoded);
  const ops = first === 'ops' && third === '' ? OPS_PLACES.find((each) => OPS_PATHS[each] === second) : undefined;
  if (ops !== undefined) return { page: ops };
  if (more.length === 0) {
    if (first === '') return { page: 'board' };
    if (first === 'products' && second !== '' && third === '') return { page: 'product', product: second };
    if (first === 'explain' && third !== '') return { page: 'explain', store: second, product: third };
  }
  return { page: 'unknown' };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** The path of a place. */
function pathTo(place: Place): string {
  switch (place.page) {
    case 'pipeline': return `${BASE}/ops`;
    case 'parked':
    case 'replays':
    case 'consistency': return `${BASE}/ops/${OPS_PATHS[place.page]}`;
    case 'product': return `${BASE}/products/${encodeURIComponent(place.product)}`;
    case 'explain': return `${BASE}/explain/${encodeURIComponent(place.store)}/${encodeURIComponent(place.product)}`;
    case 'board':
    case 'unknown': return BASE;
  }
}

interface Here { readonly path: string; readonly query: URLSearchParams }

const read = (): Here => ({ path: location.pathname, query: new URLSearchParams(location.search) });
export const here = createStore<Here>({ path: BASE, query: new URLSearchParams() });

/** Follows the URL from now on. Links within the board change the page without loading it again. */
export function followLocation(): void {
  here.set(read());
  addEventListener('popstate', () => { here.set(read()); });
  document.addEventListener('click', (event) => {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = event.target instanceof Element ? event.target.closest('a') : null;
    if (link === null || link.origin !== location.origin || link.target !== '' || link.hash !== '' || !isWithin(link.pathname)) return;
    event.preventDefault();
    go(link.pathname + link.search);
  });
}

const isWithin = (path: string): boolean => path === BASE || path.startsWith(`${BASE}/`);

/** Opens a page of the board. @param path with its query */
function go(path: string): void {
  history.pushState(null, '', path);
  here.set(read());
  scrollTo(0, 0);
  // As after a page that was loaded: the next Tab leads into the page, and a screen reader says its name.
  requestAnimationFrame(() => { document.querySelector<HTMLElement>('main h1')?.focus(); });
}

/** Puts another place in the place of this one, in the history, too. @param path of the board, with its query; another one leads to the board */
export function replacePlace(path: string): void {
  history.replaceState(null, '', isWithin(path.split('?', 1)[0] ?? '') ? path : BASE);
  here.set(read());
}

/** Sets filters of this page; undefined or '' takes one away. */
export function setQuery(changes: Readonly<Record<string, string | undefined>>): void {
  const { path, query } = read();
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined || value === '') query.delete(name);
    else query.set(name, value);
  }
  // Lists and positions read better with their own signs.
  const text = query.toString().replaceAll('%2C', ',').replaceAll('%3A', ':');
  history.replaceState(null, '', text === '' ? path : `${path}?${text}`);
  here.set(read());
}

/** A link to a page that keeps the language that was chosen. */
export function linkTo(place: Place, query: URLSearchParams = here.get().query): string {
  const language = query.get('lang');
  return language === null ? pathTo(place) : `${pathTo(place)}?lang=${language}`;
}
