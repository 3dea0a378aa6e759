// A tablet in a store: what is there and every change of it; goods in, counts, and what customers fetch and bring back.
// Node 22.18 or later.
//   . .dev/env; node packages/client/example/tablet.mjs MAD-001
import { createClient, isInventoryProblem } from '../client.ts';

const USAGE = `Usage: TOKEN_VENDOR=… [API_URL=…] node packages/client/example/tablet.mjs STORE [COMMAND]
  watch                          what is there, and every change, until Ctrl-C (the command where none is given)
  receive SKU UNITS LINE         book goods that came in; LINE names the line of the delivery note: booked once, however often it is sent
  count SKU=UNITS… [--release]   set products to what is on the shelf; --release ends the youngest holds that nothing is left for
  holds                          what customers will fetch
  hand-over RESERVATION          sell what a hold holds
  take-back RESERVATION UNITS SLIP   put back what was sold; SLIP names the slip of the return
`;
const words = process.argv.slice(2).filter((word) => word !== '--release');
const option = words.find((word) => word.startsWith('-'));
const help = option === '--help' || option === '-h';
const [store = '', command = 'watch', ...given] = words;
const { API_URL = 'http://127.0.0.1:3000', TOKEN_VENDOR: token = '' } = process.env;
const say = (/** @type {string} */ text) => { process.stdout.write(`${text}\n`); };
const closed = new AbortController();
process.once('SIGINT', () => { closed.abort(); });
process.once('SIGTERM', () => { closed.abort(); });

const client = createClient({ baseUrl: API_URL, token: () => token });

async function watch() {
  await client.watch({
    store_ids: [store], signal: closed.signal,
    onRows: (rows, { snapshot }) => {
      if (snapshot) say(`${rows.length} products in ${store}, ${rows.filter(({ level }) => level === 'OUT').length} of them out`);
      else for (const { product_id, available, level, delta, reason } of rows) say(`${product_id} ${available} ${level} (${delta}, ${reason})`);
    },
    onState: (state) => { if (state.kind !== 'live') say(`reconnecting: ${state.code}`); },
  });
}

/** @param {string} sku */
async function productOf(sku) {
  const { items: [product] } = await client.listProducts({ sku }).page();
  if (product === undefined) throw new Error(`no product has the SKU ${sku}`);
  return product;
}

/** @param {readonly string[]} words */
async function receive([sku = '', units = '', line = '']) {
  const { product_id, name } = await productOf(sku);
  // A key of its own: the same line of the note, sent again after a power cut, is answered and not booked again.
  const row = await client.changeStock(
    { product_id, store_id: store, quantity_change: Number(units), reason: 'RESTOCK', reference: line }, { idempotencyKey: `receive:${line}` });
  say(`${name}: ${row.quantity} on the shelf, ${row.available} of them free`);
}

/** @param {readonly string[]} lines */
async function count(lines) {
  const items = await Promise.all(lines.map(async (line) => {
    const [sku = '', units = ''] = line.split('=');
    const { product_id } = await productOf(sku);
    // The state that the count replaces: a sale from now on is answered with 412, and nothing is undone.
    const expected_version = await client.getStock({ store, product: product_id }).then(({ version }) => version, (error) => {
      if (isInventoryProblem(error) && error.code === 'not_found') return 0;
      throw error;
    });
    return { product_id, quantity: Number(units), expected_version };
  }));
  const on_shortfall = process.argv.includes('--release') ? 'RELEASE' : 'REFUSE';
  const answer = await client.countShelf({ store, mode: 'partial', on_shortfall, items });
  for (const item of answer.items) {
    const line = lines[item.index] ?? '';
    if ('code' in item) {
      say(`${line}: ${item.detail}`);
      for (const hold of item.holds ?? []) say(`  ${hold.quantity} held until ${hold.expires_at}: ${hold.reservation_id}`);
      process.exitCode = 1;
    } else {
      say(`${line}: ${item.available} free`);
      for (const hold of item.released ?? []) say(`  ended ${hold.quantity}: ${hold.reservation_id}`);
    }
  }
}

async function holds() {
  for await (const hold of client.listReservations({ store_id: store, status: 'PENDING' })) {
    say(`${hold.reservation_id}: ${hold.quantity} of ${hold.product_id} for ${hold.customer_id ?? 'nobody'}, until ${hold.expires_at}`);
  }
}

/** @param {readonly string[]} words */
async function handOver([id = '']) {
  const { confirmed_quantity: sold } = await client.confirmReservation({ id });
  say(`sold ${sold}`);
}

/** @param {readonly string[]} words */
async function takeBack([id = '', units = '', slip = '']) {
  const sale = await client.returnReservation({ id, quantity: Number(units), reference: slip }, { idempotencyKey: `return:${slip}` });
  say(`${sale.returned_quantity ?? 0} of ${sale.confirmed_quantity ?? 0} are back`);
}

/** Units as digits: '' and '1e3' are numbers to JavaScript, and slips of the finger in a store. @param {string} text */
const areUnits = (text = '') => /^\d+$/.test(text);
const sayable = command === 'count' ? given.length > 0 && given.every((line) => /^[^=]+=\d+$/.test(line))
  : command === 'receive' || command === 'take-back' ? areUnits(given[1]) : true;
const commands = new Map(Object.entries({ watch, receive, count, holds, 'hand-over': handOver, 'take-back': takeBack }));
const run = commands.get(command);
if (option !== undefined || store === '' || token === '' || run === undefined || !sayable) {
  const told = help || option === undefined ? '' : `unknown option ${option}\n`;
  process[help ? 'stdout' : 'stderr'].write(`${told}${USAGE}`);
  process.exit(help ? 0 : 2);
}
try {
  await run(given);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
