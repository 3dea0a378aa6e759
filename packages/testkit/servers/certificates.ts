/** A private certificate authority for a test, made by openssl. */
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { missingPrograms } from '../processes/programs.ts';

const run = promisify(execFile);
const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

/** Why createAuthority cannot run here; empty where it can. */
export const noAuthority = missingPrograms({ openssl: 'openssl' });

/** Files, in PEM. */
export interface Authority {
  readonly ca: string;
  /** A certificate for a server of this name. */
  issue(name: string): Promise<{ readonly cert: string; readonly key: string }>;
}

/** Makes a CA; its files and those of its certificates lie in `dir`, under names that begin with its own. */
export async function createAuthority(dir: string, name: string): Promise<Authority> {
  const file = (what: string): string => join(dir, `${name}-${what}`);
  const [ca, caKey] = [file('ca.crt'), file('ca.key')];
  await run('openssl', ['req', '-x509', ...NEW_KEY, '-days', '2', '-subj', `/CN=${name}`, '-keyout', caKey, '-out', ca]);
  return {
    ca,
    async issue(host) {
      const [cert, key, request, extensions] = [file('server.crt'), file('server.key'), file('server.csr'), file('server.ext')];
      await writeFile(extensions, `subjectAltName=DNS:${host}\n`);
      await run('openssl', ['req', '-new', ...NEW_KEY, '-subj', `/CN=${host}`, '-keyout', key, '-out', request]);
      await run('openssl', [
        'x509', '-req', '-in', request, '-CA', ca, '-CAkey', caKey, '-CAcreateserial', '-days', '2', '-extfile', extensions, '-out', cert,
      ]);
      return { cert, key };
    },
  };
}
