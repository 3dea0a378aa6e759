/**
 * `npm run token -- --role vendor --stores MAD-001`: signs a token with the private key that `npm start` made. Only for
 * development: in production an identity provider signs tokens, and the api knows its public keys.
 */
import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { readDatabase } from '@inventory/db/config.ts';
import { roles } from '@inventory/domain/access.ts';
import type { Role } from '@inventory/domain/access.ts';
import { customerId, storeId, text } from '@inventory/domain/values.ts';
import { SignJWT } from 'jose';
import { z } from 'zod';
import { newId } from '../ids.ts';
import { readPseudonymKey } from '../pseudonyms.ts';
import { changeRevocations, revocation } from './token-revoke.ts';

const HELP = `Usage: npm run token -- --role admin|vendor|customer|service [options]
       npm run token -- revoke|restore --jti ID | --sub USER

Prints a signed token for the api of \`npm start\`.

  --role ROLE         admin, vendor, customer or service (a web shop's server)
  --user ID           whose token (default: admin-1, vendor-789, cust-456, shop-1)
  --stores A,B        the stores a vendor works for (a vendor needs at least one)
  --expires SPAN      how long it is valid, such as 30m, 12h or 7d (default 12h)
  --issuer NAME       default inventory-dev
  --audience NAME     default inventory
  --key FILE          the private key, PEM (default that of \`npm start\`)
  --env               instead: one token for each role, as shell assignments (a vendor of MAD-001)
  --create-key        instead: make the key if it is not there, and public.pem beside it

revoke and restore change the list of refused tokens in the database of DATABASE_URL (or DATABASE_URL_FILE):

  --jti ID            one token
  --sub USER          every token of a user, until restored; with the PSEUDONYM_KEY of the apis

Example: curl -H "Authorization: Bearer $(npm run -s token -- --role customer)" …
`;

const defaultUser = { admin: 'admin-1', vendor: 'vendor-789', customer: 'cust-456', service: 'shop-1' } as const;

const options = z
  .object({
    role: z.enum(roles, 'must be admin, vendor, customer or service').optional(),
    user: customerId.optional(),
    stores: z.string().optional().transform((list) => (list === undefined ? [] : list.split(',')))
      .pipe(z.array(storeId).max(1000)),
    expires: z.string().regex(/^[1-9]\d{0,4}[smhd]$/, 'must be like 30m, 12h or 7d').default('12h'),
    issuer: text(200).default('inventory-dev'),
    audience: text(200).default('inventory'),
    key: z.string().min(1).default('.dev/keys/private.pem'),
    env: z.boolean().default(false),
    'create-key': z.boolean().default(false),
  })
  .refine((o) => o.role !== undefined || o.env || o['create-key'], {
    path: ['role'], message: 'must be admin, vendor, customer or service',
  })
  .refine((o) => o.role !== 'vendor' || o.stores.length > 0, { path: ['stores'], message: 'a vendor needs at least one store' });

type Options = z.output<typeof options>;

/** @throws {Error} when there is no key, or what is there is none */
function privateKey(file: string): KeyObject {
  if (!existsSync(file)) throw new Error(`there is no key ${file}. \`npm start\` makes one; --key names another.`);
  return createPrivateKey(readFileSync(file, 'utf8'));
}

/** Signs one token. @throws {Error} when the key cannot be read */
function sign(o: Options, role: Role, stores: readonly string[]): Promise<string> {
  const user = o.user ?? defaultUser[role];
  return new SignJWT({ user_id: user, role, ...(role === 'vendor' ? { store_ids: [...stores] } : {}) })
    .setProtectedHeader({ alg: 'EdDSA' }).setSubject(user).setJti(newId()).setIssuedAt().setIssuer(o.issuer)
    .setAudience(o.audience).setExpirationTime(o.expires)
    .sign(privateKey(o.key));
}

function createKey(file: string): string {
  if (!existsSync(file)) {
    const { privateKey } = generateKeyPairSync('ed25519');
    writeFileSync(file, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  }
  const publicFile = join(dirname(file), 'public.pem');
  writeFileSync(publicFile, createPublicKey(readFileSync(file)).export({ type: 'spki', format: 'pem' }));
  return `${publicFile}\n`;
}

async function output(o: Options): Promise<string> {
  if (o['create-key']) return createKey(o.key);
  if (!o.env && o.role !== undefined) return `${await sign(o, o.role, o.stores)}\n`;
  const lines = await Promise.all(roles.map(async (role) => `TOKEN_${role.toUpperCase()}=${await sign(o, role, ['MAD-001'])}\n`));
  return lines.join('');
}

function problemsOf({ issues }: z.ZodError): readonly string[] {
  return issues.map((issue) => `--${issue.path.join('.')}: ${issue.message}`);
}

function refuseUsage(problems: readonly string[]): number {
  process.stderr.write(`${problems.join('\n')}\n\n${HELP}`);
  return 2;
}

async function changeList(verb: 'revoke' | 'restore', values: object, others: readonly string[]): Promise<number> {
  const parsed = revocation.safeParse(values);
  const database = readDatabase();
  const problems = [
    ...others.map((other) => `unknown: ${other}`),
    ...('problem' in database ? [database.problem] : []),
    ...(parsed.success ? [] : problemsOf(parsed.error)),
  ];
  if (!parsed.success || 'problem' in database || problems.length > 0) return refuseUsage(problems);
  process.stdout.write(await changeRevocations(database, verb, parsed.data, readPseudonymKey()));
  return 0;
}

/** Exit code: 0 done, 1 failed, 2 wrong usage. */
async function main(): Promise<number> {
  try {
    const { values, positionals: [verb, ...others] } = parseArgs({
      allowPositionals: true,
      options: {
        jti: { type: 'string' }, sub: { type: 'string' },
        role: { type: 'string' }, user: { type: 'string' }, stores: { type: 'string' }, expires: { type: 'string' },
        issuer: { type: 'string' }, audience: { type: 'string' }, key: { type: 'string' },
        env: { type: 'boolean' }, 'create-key': { type: 'boolean' }, help: { type: 'boolean', short: 'h' },
      },
    });
    if (values.help === true) {
      process.stdout.write(HELP);
      return 0;
    }
    if (verb === 'revoke' || verb === 'restore') return await changeList(verb, values, others);
    if (verb !== undefined) return refuseUsage([`unknown: ${verb}`]);
    const parsed = options.safeParse(values);
    if (!parsed.success) return refuseUsage(problemsOf(parsed.error));
    process.stdout.write(await output(parsed.data));
    return 0;
  } catch (error) {
    process.stderr.write(`No token: ${error instanceof Error ? error.message : String(error)}\n`);
    return error instanceof TypeError ? 2 : 1;
  }
}

if (import.meta.main) process.exitCode = await main();
