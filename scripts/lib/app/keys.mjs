// @ts-check
/* The key pair that signs the tokens of a development system, made once for each clone. */
import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { paths } from '../base/paths.mjs';

export const PRIVATE_KEY = join(paths.keys, 'private.pem');

/**
 * The key pair of this clone, made at the first start. It signs the tokens of the development system and nothing else.
 * @returns {string} the public key as PEM
 */
export function ensureKeys() {
  mkdirSync(paths.keys, { recursive: true, mode: 0o700 });
  if (!existsSync(PRIVATE_KEY)) {
    const { privateKey } = generateKeyPairSync('ed25519');
    writeFileSync(PRIVATE_KEY, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  }
  chmodSync(PRIVATE_KEY, 0o600);
  const publicKey = createPublicKey(createPrivateKey(readFileSync(PRIVATE_KEY)));
  const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  writeFileSync(join(paths.keys, 'public.pem'), pem);
  return pem;
}

/**
 * Writes the tokens that the board offers for signing in. The api reads them for this machine alone.
 * @param {{ TOKEN_ADMIN: string, TOKEN_VENDOR: string, TOKEN_CUSTOMER: string, TOKEN_SERVICE: string }} tokens
 */
export function offerTokens({ TOKEN_ADMIN: admin, TOKEN_VENDOR: vendor, TOKEN_CUSTOMER: customer, TOKEN_SERVICE: service }) {
  writeFileSync(paths.boardTokens, JSON.stringify({ admin, vendor, customer, service }), { mode: 0o600 });
}
