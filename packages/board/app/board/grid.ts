/**
 * The table of products and stores. Its cells are written directly, each through a few nodes that a Map holds: with fifty
 * changes a second, nothing else of the page is looked at. It is a real table with headers; arrow keys move between its
 * cells, and it is no live region, because an announced table would drown its reader.
 */
import { SHAPES } from '../parts/level.ts';
import type { Words } from '../texts/texts.ts';
import type { Product, ShopStore } from './catalogue.ts';
import type { Change, Numbers } from './numbers.ts';

const OUTLINED_MS = 600;

interface CellNodes {
  readonly cell: HTMLTableCellElement;
  readonly shape: Text;
  readonly number: Text;
  /** Says that the store does not keep the product; gone with its first row. */
  readonly absent: HTMLElement;
  readonly delta: HTMLElement;
  readonly note: Text;
  timer: ReturnType<typeof setTimeout> | undefined;
}

interface RowNodes { readonly row: HTMLTableRowElement; readonly total: Text; readonly cells: ReadonlyMap<string, CellNodes> }

interface GridOptions {
  readonly products: readonly Product[];
  readonly stores: readonly ShopStore[];
  readonly numbers: Numbers;
  readonly words: Words;
  readonly productLink: (product: string) => string | undefined;
  /** Where a number is explained; undefined for who may not read that. */
  readonly explainLink: (product: string, store: string) => string | undefined;
}

export interface Grid {
  readonly table: HTMLTableElement;
  /** Draws a change. @param outlined whether the cell shows that it has just changed */
  readonly write: (change: Change, outlined: boolean) => void;
  /** Shows these products, in this order. */
  readonly arrange: (products: readonly Product[]) => void;
}

/** Builds the table with what is known of the numbers. */
export function createGrid(options: GridOptions): Grid {
  const { products, stores, numbers, words } = options;
  const ids = stores.map(({ id }) => id);
  const rows = new Map<string, RowNodes>();
  const body = element('tbody');
  const table = element('table', { class: 'grid' }, [
    element('caption', { class: 'unseen' }, [words.t.board.caption]), headOf(options), body,
  ]);
  for (const product of products) rows.set(product.id, rowOf(product, options));
  moveByKeys(table);

  const writeTotal = (product: string): void => {
    const row = rows.get(product);
    if (row !== undefined) row.total.data = words.number(numbers.total(product, ids));
  };
  const write = ({ product, store, after, delta }: Change, outlined: boolean): void => {
    const nodes = rows.get(product)?.cells.get(store);
    if (nodes === undefined) return;
    const { level, available, reserved } = after;
    nodes.cell.dataset['level'] = level;
    nodes.shape.data = SHAPES[level];
    nodes.number.data = words.number(available);
    nodes.absent.remove();
    nodes.note.data = noteOf(words, level === 'ok' ? '' : words.t.levels[level], reserved);
    writeTotal(product);
    if (outlined) outline(nodes, delta === 0 ? '' : words.signed(delta));
  };
  for (const product of products) {
    for (const store of ids) {
      const after = numbers.cell(product.id, store);
      if (after !== undefined) write({ product: product.id, store, before: undefined, after, delta: 0 }, false);
    }
  }
  return {
    table, write,
    arrange: (wanted) => {
      const order = wanted.map(({ id }) => rows.get(id)?.row).filter((row) => row !== undefined);
      const isArranged = order.length === body.children.length && order.every((row, nth) => body.children[nth] === row);
      if (isArranged) return;
      const focused = document.activeElement;
      body.replaceChildren(...order);
      // A row that is moved loses the focus.
      if (focused instanceof HTMLElement && body.contains(focused)) focused.focus({ preventScroll: true });
      stopAt(table);
    },
  };
}

function headOf({ stores, words }: GridOptions): HTMLElement {
  return element('thead', {}, [element('tr', {}, [
    element('th', { scope: 'col' }, [words.t.board.product]),
    ...stores.map(({ id, name }) => element('th', { scope: 'col' }, [id, element('span', {}, [name])])),
    element('th', { scope: 'col', class: 'sum' }, [words.t.board.total, element('span', {}, [words.t.board.totalOf(words.number(stores.length))])]),
  ])]);
}

function rowOf(product: Product, { stores, words, productLink, explainLink }: GridOptions): RowNodes {
  const cells = new Map<string, CellNodes>();
  const total = new Text('–');
  const href = productLink(product.id);
  const name = element(href === undefined ? 'span' : 'a', { class: 'name cell', tabindex: '-1', ...(href === undefined ? {} : { href }) }, [product.name]);
  const row = element('tr', {}, [element('th', { scope: 'row' }, [name, element('span', { class: 'sku' }, [product.sku])])]);
  for (const { id } of stores) {
    const nodes = cellOf(words, explainLink(product.id, id));
    cells.set(id, nodes);
    row.append(nodes.cell);
  }
  row.append(element('td', { class: 'sum' }, [element('span', { class: 'cell', tabindex: '-1' }, [element('b', {}, [total])])]));
  return { row, total, cells };
}

function cellOf(words: Words, href: string | undefined): CellNodes {
  const [shape, number, note] = [new Text(), new Text('–'), new Text(' ')];
  const absent = element('span', { class: 'unseen' }, [words.t.noStock]);
  const delta = element('em', { 'aria-hidden': 'true' });
  const link = element(href === undefined ? 'span' : 'a', { class: 'cell', tabindex: '-1', ...(href === undefined ? {} : { href }) }, [
    element('b', {}, [element('i', { 'aria-hidden': 'true' }, [shape]), number, absent]), delta, element('small', {}, [note]),
  ]);
  return { cell: element('td', { 'data-level': 'none' }, [link]), shape, number, absent, delta, note, timer: undefined };
}

/** The word of the level and what is held; a space keeps the line where there is neither. */
function noteOf(words: Words, level: string, reserved: number): string {
  return [level, reserved === 0 ? '' : words.t.board.held(words.number(reserved))].filter((part) => part !== '').join(' · ') || ' ';
}

/** Outlines a cell for a moment. A change that comes meanwhile begins the moment anew. */
function outline(nodes: CellNodes, delta: string): void {
  nodes.delta.textContent = delta;
  nodes.cell.classList.add('changed');
  clearTimeout(nodes.timer);
  nodes.timer = setTimeout(() => {
    nodes.cell.classList.remove('changed');
    nodes.delta.textContent = '';
  }, OUTLINED_MS);
}

const cellsOf = (row: Element): readonly HTMLElement[] => [...row.querySelectorAll<HTMLElement>('.cell')];

/** Tab stops at one cell of the table: the last that had the focus, else the first. */
function stopAt(table: HTMLTableElement, at?: HTMLElement): void {
  const current = at ?? table.querySelector<HTMLElement>('.cell[tabindex="0"]') ?? table.querySelector<HTMLElement>('tbody .cell');
  for (const cell of table.querySelectorAll<HTMLElement>('.cell[tabindex="0"]')) if (cell !== current) cell.tabIndex = -1;
  if (current !== null) current.tabIndex = 0;
}

function moveByKeys(table: HTMLTableElement): void {
  table.addEventListener('focusin', ({ target }) => {
    if (target instanceof HTMLElement && target.classList.contains('cell')) stopAt(table, target);
  });
  table.addEventListener('keydown', (event) => {
    const from = event.target instanceof Element ? event.target.closest<HTMLElement>('.cell') : null;
    const row = from?.closest('tr');
    if (from === null || row == null || event.altKey || event.metaKey) return;
    const column = cellsOf(row).indexOf(from);
    const rows = [...table.querySelectorAll('tbody tr')];
    const nth = rows.indexOf(row);
    const to = ((): HTMLElement | undefined => {
      switch (event.key) {
        case 'ArrowLeft': return cellsOf(row)[column - 1];
        case 'ArrowRight': return cellsOf(row)[column + 1];
        case 'ArrowUp': return cellsOf(rows[nth - 1] ?? row)[column];
        case 'ArrowDown': return cellsOf(rows[nth + 1] ?? row)[column];
        case 'Home': return cellsOf((event.ctrlKey ? rows[0] : undefined) ?? row)[0];
        case 'End': return cellsOf((event.ctrlKey ? rows.at(-1) : undefined) ?? row).at(-1);
        default: return undefined;
      }
    })();
    if (to === undefined) return;
    event.preventDefault();
    to.focus();
  });
}

function element<K extends keyof HTMLElementTagNameMap>(
  name: K, attributes: Readonly<Record<string, string>> = {}, children: readonly (Node | string)[] = [],
): HTMLElementTagNameMap[K] {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}
