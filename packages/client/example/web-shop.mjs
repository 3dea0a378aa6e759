// The server of a web shop, as a program for a terminal: find a product, see where it is, and sell an order. Node 22.18 or later.
//   . .dev/env; node packages/client/example/web-shop.mjs buy order-1001 cust-456 SKU-0001=2
import { createClient, isInventoryProblem } from '../client.ts';

const USAGE = `Usage: TOKEN_SERVICE=… [API_URL=…] node packages/client/example/web-shop.mjs COMMAND
  search WORDS…                     products whose name or SKU has these words
  where SKU LATITUDE,LONGITUDE      the nearest store that has it
  buy ORDER CUSTOMER SKU=UNITS…     hold the cart, take the money, sell; again with the same ORDER goes on where it stopped
  cancel ORDER                      let go what the order holds
`;
const [command = '', ...given] = process.argv.slice(2);
// A latitude may begin with a dash, too.
const option = [command, ...given].find((word) => /^--?[a-z]/i.test(word));
const help = option === '--help' || option === '-h';
const { API_URL = 'http://127.0.0.1:3000', TOKEN_SERVICE: token = '' } = process.env;
const say = (/** @type {string} */ text) => { process.stdout.write(`${text}\n`); };
const client = createClient({ baseUrl: API_URL, token: () => token });

/** @param {readonly string[]} words */
async function search(words) {
  const { items } = await client.listProducts({ q: words.join(' '), limit: 10 }).page();
  const ids = items.map(({ product_id }) => product_id);
  const { items: found } = ids.length === 0 ? { items: [] } : await client.listAvailability({ product_ids: ids });
  for (const { sku, name, price, product_id } of items) {
    const there = found.find((each) => each.product_id === product_id);
    say(`${sku} ${name}, ${price}: ${there?.total_available ?? 0} in ${there?.stores.length ?? 0} stores`);
  }
}

/** @param {string} sku */
async function productOf(sku) {
  const { items: [product] } = await client.listProducts({ sku }).page();
  if (product === undefined) throw new Error(`no product has the SKU ${sku}`);
  return product;
}

/** @param {readonly string[]} words */
async function where([sku = '', near = '']) {
  const { product_id } = await productOf(sku);
  const { nearest_in_stock: store } = await client.getAvailability({ id: product_id, near, radius_km: 500, in_stock: true });
  say(store === undefined || store === null ? 'nowhere within 500 km' : `${store.store_name}, ${store.distance_km} km: ${store.available}`);
}

/**
 * The newest hold of an order, and the newest that waits for its money or was sold. A program that ended half-way finds here how far it
 * had come.
 * @param {string} order
 */
async function holdsOf(order) {
  const { items } = await client.listReservations({ reference: order }).page();
  return { last: items[0], live: items.find(({ status }) => status === 'PENDING' || status === 'CONFIRMED') };
}

/** @param {readonly string[]} words */
async function buy([order = '', customer = '', ...wanted]) {
  const { last, live: known } = await holdsOf(order);
  // Holds that lapsed, or were let go, sell nothing: the order is held again.
  const cart = known?.batch_id ?? await hold({ order, customer, after: last?.batch_id ?? 'none' }, wanted);
  // Here the customer pays. It may take longer than the hold was made for.
  if (known?.status !== 'CONFIRMED') await client.extendCart({ id: cart, ttl: 1800 });
  const sold = await client.confirmCart({ id: cart }, { idempotencyKey: `${order}:sell:${cart}` });
  for (const { store_id, confirmed_quantity: units } of sold.reservations) say(`${order}: sold ${units ?? 0} from ${store_id}`);
}

/**
 * Holds each line where most of it is.
 * @param {{ order: string, customer: string, after: string }} of `after` is the cart that this one replaces
 * @param {readonly string[]} wanted
 */
async function hold({ order, customer, after }, wanted) {
  const lines = await Promise.all(wanted.map(async (each) => {
    const [sku = '', units = ''] = each.split('=');
    const { product_id, name } = await productOf(sku);
    const { stores } = await client.getAvailability({ id: product_id, in_stock: true });
    const [best] = stores.toSorted((a, b) => b.available - a.available);
    if (best === undefined) throw new Error(`${name} is sold out`);
    return { product_id, store_id: best.store_id, quantity: Number(units) };
  }));
  const make = (/** @type {string} */ idempotencyKey) => client.createCart({ customer_id: customer, ttl: 900, reference: order, lines }, { idempotencyKey });
  // The key is of the order: a lost answer is asked for again, and nothing is held twice.
  const { batch_id, expires_at } = await make(`${order}:hold:${after}`).catch((error) => {
    // What was refused has held nothing, and the refusal may be that of an earlier start, kept under the key: it is asked for anew.
    const refused = isInventoryProblem(error) && (error.code === 'insufficient_stock' || error.code === 'idempotency_key_reused');
    if (!refused) throw error;
    return make(`${order}:hold:${crypto.randomUUID()}`);
  });
  say(`${order}: held until ${expires_at}`);
  return batch_id;
}

/** @param {readonly string[]} words */
async function cancel([order = '']) {
  const { live, last } = await holdsOf(order);
  const known = live ?? last;
  if (known?.batch_id === undefined || known.batch_id === null) throw new Error(`there is no order ${order}`);
  const { reservations } = await client.cancelCart({ id: known.batch_id });
  say(`${order}: let ${reservations.length} go`);
}

const run = new Map(Object.entries({ search, where, buy, cancel })).get(command);
if (option !== undefined || run === undefined || given.length === 0 || token === '') {
  const told = help || option === undefined ? '' : `unknown option ${option}\n`;
  process[help ? 'stdout' : 'stderr'].write(`${told}${USAGE}`);
  process.exit(help ? 0 : 2);
}
try {
  await run(given);
} catch (error) {
  if (isInventoryProblem(error) && error.code === 'insufficient_stock') {
    for (const { store_id, requested, available } of error.lines) say(`${store_id}: ${requested} wanted, ${available} there`);
  } else process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
