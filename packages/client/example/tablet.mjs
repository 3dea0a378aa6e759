// A tablet in a store: what is there, and every change as it is committed, until Ctrl-C. Node 22.18 or later.
//   . .dev/env; node packages/client/example/tablet.mjs MAD-001
import { createClient } from '../client.ts';

const words = process.argv.slice(2);
const option = words.find((word) => word.startsWith('-'));
const help = option === '--help' || option === '-h';
const [store = ''] = words;
const { API_URL = 'http://127.0.0.1:3000', TOKEN_VENDOR: token = '' } = process.env;
if (option !== undefined || store === '' || token === '') {
  const usage = 'Usage: TOKEN_VENDOR=… [API_URL=…] node packages/client/example/tablet.mjs STORE\n';
  process[help ? 'stdout' : 'stderr'].write(`${option === undefined || help ? '' : `unknown option ${option}\n`}${usage}`);
  process.exit(help ? 0 : 2);
}
const say = (/** @type {string} */ text) => { process.stdout.write(`${text}\n`); };
const closed = new AbortController();
process.once('SIGINT', () => { closed.abort(); });
process.once('SIGTERM', () => { closed.abort(); });

const client = createClient({ baseUrl: API_URL, token: () => token });
try {
  await client.watch({
    store_ids: [store], signal: closed.signal,
    onRows: (rows, { snapshot }) => {
      if (snapshot) say(`${rows.length} products in ${store}, ${rows.filter(({ level }) => level === 'OUT').length} of them out`);
      else for (const { product_id, available, level, delta, reason } of rows) say(`${product_id} ${available} ${level} (${delta}, ${reason})`);
    },
    onState: (state) => { if (state.kind !== 'live') say(`reconnecting: ${state.code}`); },
  });
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
