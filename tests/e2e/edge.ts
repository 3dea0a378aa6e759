/** deploy/nginx/nginx.conf in front of real api processes: a real nginx on ports of its own, with a certificate of its own. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import type { Agent } from 'node:https';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { spawnGuarded } from '../../scripts/lib/process/guard.mjs';
import { freePort } from '../../scripts/lib/process/ports.mjs';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { missingPrograms, requireProgram } from '@inventory/testkit/processes/programs.ts';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '..', '..');
const CONFIG = join(ROOT, 'deploy/nginx/nginx.conf');

/** HTTP_DRAIN_MS of the apis behind nginx, as docker-compose.yml sets it. */
export const DRAIN_MS = /HTTP_DRAIN_MS: "(\d+)"/.exec(readFileSync(join(ROOT, 'docker-compose.yml'), 'utf8'))?.[1] ?? '';

/** Why startEdge cannot run here; empty where it can. */
export const noEdge = missingPrograms({ nginx: 'nginx', openssl: 'openssl' });

export interface EdgeAnswer { readonly status: number; readonly headers: Readonly<Record<string, unknown>>; readonly text: string }

export interface Edge {
  readonly plainPort: number;
  readonly tlsPort: number;
  /** Its certificate, as PEM. */
  readonly ca: string;
  /**
   * Asks by TLS, from another address of this machine if told so, and believes no certificate but the edge's own; on a
   * connection of its own, or one of the agent's.
   */
  ask(method: string, path: string, options?: {
    readonly headers?: Readonly<Record<string, string>>; readonly body?: unknown; readonly from?: string; readonly agent?: Agent;
  }): Promise<EdgeAnswer>;
  /** The lines of its access log. */
  log(): Promise<string>;
  /** SIGQUIT: what is under way ends first. */
  stop(): Promise<void>;
}

/** The configuration as deployed, but for names, ports and folders. */
function localConfig(
  text: string, { dir, plainPort, tlsPort, apiPorts }: {
    readonly dir: string; readonly plainPort: number; readonly tlsPort: number; readonly apiPorts: readonly number[];
  },
): string {
  let nth = 0;
  return text
    .replace('listen 80;', `listen 127.0.0.1:${plainPort};`).replace('listen 443 ssl http2;', `listen 127.0.0.1:${tlsPort} ssl http2;`)
    .replace(/api-[123]:8080/g, () => `127.0.0.1:${apiPorts[nth++] ?? 0}`)
    .replaceAll('/tls/', `${dir}/`).replaceAll('/tmp/nginx', `${dir}/nginx`)
    .replace('/dev/stdout', `${dir}/access.log`).replace('/dev/stderr', `${dir}/error.log`)
    .replace('worker_processes auto', 'worker_processes 1');
}

/** Starts nginx before the apis that listen on these ports of 127.0.0.1, and resolves when it takes connections. */
export async function startEdge(apiPorts: readonly number[]): Promise<Edge> {
  const [nginx, openssl] = [requireProgram('nginx'), requireProgram('openssl')];
  const dir = await mkdtemp(join(tmpdir(), 'testkit-nginx-'));
  // Its workers are not root.
  await chmod(dir, 0o755);
  const [plainPort, tlsPort] = await Promise.all([freePort(), freePort()]);
  await run(openssl.path, [
    'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj', '/CN=localhost',
    '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1', '-keyout', join(dir, 'tls.key'), '-out', join(dir, 'tls.crt'),
  ], { env: openssl.env });
  const config = join(dir, 'nginx.conf');
  await writeFile(join(dir, 'nginx-tls-port.conf'), `set $tls_port :${tlsPort};\n`);
  await writeFile(config, localConfig(await readFile(CONFIG, 'utf8'), { dir, plainPort, tlsPort, apiPorts }));
  const server = await spawnGuarded({
    command: nginx.path, args: ['-c', config, '-p', dir, '-e', join(dir, 'error.log'), '-g', 'daemon off;'], stopSignal: 'SIGQUIT',
    env: nginx.env,
  });
  const ca = await readFile(join(dir, 'tls.crt'), 'utf8');
  const stop = async (): Promise<void> => {
    await server.stop(10_000);
    await rm(dir, { recursive: true, force: true });
  };
  try {
    await eventually(async () => {
      if (!server.alive()) throw new Error(await readFile(join(dir, 'error.log'), 'utf8').catch(() => 'nginx did not start'));
      const socket = connect(tlsPort, '127.0.0.1');
      await once(socket, 'connect').finally(() => { socket.destroy(); });
    }, { what: 'nginx' });
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    plainPort,
    tlsPort,
    ca,
    stop,
    log: () => readFile(join(dir, 'access.log'), 'utf8'),
    ask: (method, path, { headers = {}, body, from = '127.0.0.1', agent } = {}) => new Promise((resolve, reject) => {
      const sent = request({
        host: '127.0.0.1', port: tlsPort, servername: 'localhost', ca, localAddress: from, method, path, agent: agent ?? false,
        headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) }, timeout: 30_000,
      }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => { chunks.push(chunk); });
        answer.on('error', reject);
        answer.on('end', () => {
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text: Buffer.concat(chunks).toString() });
        });
      });
      sent.on('error', reject);
      sent.on('timeout', () => { sent.destroy(new Error('no answer within 30 s')); });
      sent.end(body === undefined ? undefined : JSON.stringify(body));
    }),
  };
}
