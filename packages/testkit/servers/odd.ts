/** Servers that are not fit for us, for tests that hold how a process says so. Each is private, and gone after `stop`. */
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findBinaries } from '../../../scripts/lib/servers/binaries.mjs';
import { freePort } from '../../../scripts/lib/process/ports.mjs';

interface OddServer {
  readonly url: string;
  stop(): Promise<void>;
}

/** A Redis Sentinel that watches nothing. It may take a moment to listen. */
export async function startSentinel(): Promise<OddServer> {
  const folder = await mkdtemp(join(tmpdir(), 'testkit-sentinel-'));
  const port = await freePort();
  const config = join(folder, 'sentinel.conf');
  await writeFile(config, `port ${port}\nbind 127.0.0.1\ndir ${folder}\n`);
  return start('redis', [config, '--sentinel'], `redis://127.0.0.1:${port}`, folder);
}

/** A nats-server whose JetStream is switched off. It may take a moment to listen. */
export async function startNatsWithoutJetStream(): Promise<OddServer> {
  const folder = await mkdtemp(join(tmpdir(), 'testkit-nats-'));
  const port = await freePort();
  return start('nats', ['-a', '127.0.0.1', '-p', String(port)], `nats://127.0.0.1:${port}`, folder);
}

function start(name: 'redis' | 'nats', args: readonly string[], url: string, folder: string): OddServer {
  const { [name]: found } = findBinaries();
  if (found === undefined) throw new Error(`no ${name} on this machine`);
  const child = spawn(found.path, args, {
    stdio: 'ignore', env: found.libraries === undefined ? {} : { LD_LIBRARY_PATH: found.libraries },
  });
  return {
    url,
    async stop() {
      child.kill('SIGKILL');
      await rm(folder, { recursive: true });
    },
  };
}
