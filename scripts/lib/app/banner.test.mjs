// @ts-check
import { expect } from 'chai';
import { printBanner } from './banner.mjs';

const COLUMNS = 80;
const ROWS = 24;

const env = {
  API_URL: 'http://127.0.0.1:3000', OPS_URLS: 'http://127.0.0.1:9464 http://127.0.0.1:9465 -',
  DATABASE_URL: 'postgres://postgres:3504076ce07617f131931b64549891c7bb1e@127.0.0.1:15432/inventory',
  REDIS_URL: 'redis://127.0.0.1:16379', NATS_URL: 'nats://127.0.0.1:14222', PRODUCT_ID: '807acc38-bad3-5a9b-af8c-889c493a3230',
  TOKEN_ADMIN: `eyJ${'a'.repeat(300)}`, TOKEN_VENDOR: `eyJ${'v'.repeat(330)}`, TOKEN_CUSTOMER: `eyJ${'c'.repeat(310)}`,
};

/** @param {readonly string[]} [missing] */
function banner(missing = []) {
  /** @type {string[]} */
  const lines = [];
  const say = (line = '') => void lines.push(...line.split('\n'));
  const output = {
    tty: true, say, warn: (/** @type {string} */ line) => say(`! ${line}`), bold: String, dim: String, green: String, red: String,
    yellow: String, step: () => Promise.reject(new Error('no step')),
  };
  printBanner(env, missing, output);
  return lines;
}

describe('what npm start prints when everything runs', () => {
  it('fits a terminal of 80 columns and 24 rows, with its curl lines in sight', () => {
    const rows = banner().reduce((sum, line) => sum + Math.max(1, Math.ceil(line.length / COLUMNS)), 0);
    expect(rows).to.be.at.most(ROWS);
    expect(banner().filter((line) => line.length > COLUMNS && !line.includes('/env'))).to.deep.equal([]);
  });

  it('shows no secret: tokens and the password of PostgreSQL are in .dev/env', () => {
    const text = banner().join('\n');
    for (const secret of [env.TOKEN_ADMIN, env.TOKEN_VENDOR, env.TOKEN_CUSTOMER, '3504076ce0']) expect(text).not.to.contain(secret);
    expect(text).to.contain('/env');
  });

  it('names the documentation, and no package of npm that is not ours', () => {
    const text = banner().join('\n');
    expect(text).to.contain('http://127.0.0.1:3000/api/v1/docs').and.to.contain('npm run relay -- replay').and.not.to.contain('npx ');
  });

  it('says what is missing', () => {
    expect(banner(['Without Redis it is slow.']).join('\n')).to.contain('! Without Redis it is slow.');
  });
});
