// @ts-check
/* What `npm start` prints when everything runs: addresses, tokens, and three lines to try. */
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

/**
 * Three lines that work when pasted into any POSIX shell: each reads its tokens from .dev/env by itself.
 * @param {string} productId
 * @returns {readonly { title: string, line: string }[]}
 */
function examples(productId) {
  const source = `. ${quote(paths.env)}`;
  /**
   * @param {string} path
   * @param {string} token
   * @param {string} [body]
   */
  const curl = (path, token, body) => {
    const post = body === undefined ? '' : ` -H 'Content-Type: application/json' -d '${body}'`;
    return `${source}; curl -s "$API_URL/api/v1${path}" -H "Authorization: Bearer $${token}"${post}; echo`;
  };
  const common = `"product_id":"${productId}","store_id":"MAD-001"`;
  return [
    {
      title: 'A vendor of MAD-001 receives 20 units:',
      line: curl(
        '/stock', 'TOKEN_VENDOR',
        `{${common},"quantity_change":20,"reason":"RESTOCK","user_id":"vendor-789"}`,
      ),
    },
    {
      title: 'A customer reserves 2 of them for ten minutes:',
      line: curl('/reservations', 'TOKEN_CUSTOMER', `{${common},"quantity":2,"customer_id":"cust-456","ttl":600}`),
    },
    {
      title: 'What is available now, in all stores:',
      line: curl(`/products/${productId}/availability`, 'TOKEN_CUSTOMER'),
    },
  ];
}

/**
 * @param {Env} env
 * @param {readonly string[]} missing what does not run, in sentences
 * @param {import('../base/output.mjs').Output} output
 */
export function printBanner(env, missing, output) {
  const { say, bold, dim } = output;
  const [api, relay, projector] = env.OPS_URLS.split(' ');
  say();
  say(bold('The inventory runs.'));
  for (const sentence of missing) output.warn(sentence);
  say();
  say(`API           ${env.API_URL}/api/v1`);
  for (const [name, url] of [['api', api], ['relay', relay], ['projector', projector]]) {
    if (url !== undefined && url !== '-') say(`${`${name} ops`.padEnd(13)} ${url}/metrics ${dim('/livez /readyz')}`);
  }
  say(`PostgreSQL    ${env.DATABASE_URL}`);
  if (env.REDIS_URL !== '') say(`Redis         ${env.REDIS_URL}`);
  if (env.NATS_URL !== '') say(`NATS          ${env.NATS_URL}`);
  say();
  say(`Tokens ${dim('(valid for 12 hours; more with `npm run token -- --help`)')}`);
  say(`admin                  ${env.TOKEN_ADMIN}`);
  say(`vendor of MAD-001      ${env.TOKEN_VENDOR}`);
  say(`customer cust-456      ${env.TOKEN_CUSTOMER}`);
  say();
  say(`Try it, in another terminal ${dim('(each line works by itself)')}:`);
  for (const { title, line } of examples(env.PRODUCT_ID)) say(`\n${title}\n  ${line}`);
  say();
  say('Watch the events      npm run watch');
  say('Publish them again    npx relay replay --from beginning');
  say(`All of this for scripts: . ${quote(paths.env)}`);
  say(`Full logs              ${paths.logs}`);
  say(`${bold('Ctrl-C stops all of it.')} The data stays for the next start; \`npm run reset\` forgets it.`);
  say();
}
