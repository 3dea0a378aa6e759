// @ts-check
/* What `npm start` prints when everything runs: where things are, and what to try. It fits 80 columns and 24 rows. */
import { quote } from '../base/env-file.mjs';
import { paths } from '../base/paths.mjs';

/**
 * @typedef {object} Env what .dev/env holds
 * @property {string} API_URL
 * @property {string} OPS_URLS
 * @property {string} DATABASE_URL
 * @property {string} REDIS_URL
 * @property {string} NATS_URL
 * @property {string} TOKEN_ADMIN
 * @property {string} TOKEN_VENDOR
 * @property {string} TOKEN_CUSTOMER
 * @property {string} PRODUCT_ID
 */

/** Commands for any POSIX shell that has read .dev/env, over lines that 80 columns hold; they may be pasted all at once. */
const EXAMPLES = `\
A vendor of MAD-001 receives 20 units:
  curl -s $API_URL/api/v1/stock -H 'Content-Type: application/json' \\
    -H "Authorization: Bearer $TOKEN_VENDOR" -d '{"store_id":"MAD-001",
    "product_id":"'$PRODUCT_ID'","quantity_change":20,"reason":"RESTOCK"}'; echo
A customer reserves 2 of them for ten minutes:
  curl -s $API_URL/api/v1/reservations -H 'Content-Type: application/json' \\
    -H "Authorization: Bearer $TOKEN_CUSTOMER" -d '{"store_id":"MAD-001",
    "product_id":"'$PRODUCT_ID'","quantity":2,
    "customer_id":"cust-456","ttl":600}'; echo
What is available now, in all stores:
  curl -s $API_URL/api/v1/products/$PRODUCT_ID/availability \\
    -H "Authorization: Bearer $TOKEN_CUSTOMER"; echo`;

/**
 * @param {Pick<Env, 'API_URL'>} env
 * @param {readonly string[]} missing what does not run, in sentences
 * @param {import('../base/output.mjs').Output} output
 */
export function printBanner(env, missing, output) {
  const { say, bold, dim } = output;
  say();
  say(bold(`Board  ${env.API_URL}/api/v1/board`));
  for (const sentence of missing) output.warn(sentence);
  say(`API    ${env.API_URL}/api/v1/docs ${dim('every call, to be tried there')}`);
  say(`Env    ${quote(paths.env)} ${dim('addresses, tokens for 12 hours')}`);
  say(`Logs   ${quote(paths.logs)}`);
  say();
  say('Try it in another terminal, which first reads the addresses and tokens:');
  say(`  . ${quote(paths.env)}`);
  say(EXAMPLES);
  say('Watch the events: npm run watch. Publish them again, to a stream of their own:');
  say('npm run relay -- replay --from beginning');
  say(`${bold('Ctrl-C stops all of it.')} The data stays; \`npm run reset\` forgets it.`);
}
