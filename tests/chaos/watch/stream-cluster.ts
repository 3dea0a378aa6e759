/** How the stream's three copies stand, as whichever server answers sees them. */
import { connect } from 'nats';
import type { StreamInfo } from 'nats';

const API_MS = 2_000;

/** The server that leads the stream, counted from 0; undefined while none does, or nobody answers. */
export async function streamLeader(servers: readonly string[]): Promise<number | undefined> {
  const number = /^nats-(\d)$/.exec((await infoOf(servers))?.cluster?.leader ?? '')?.[1];
  return number === undefined ? undefined : Number(number) - 1;
}

/** Copies that are not current, and one more where the stream has no leader. */
export async function replicasBehind(servers: readonly string[]): Promise<number> {
  const cluster = (await infoOf(servers))?.cluster;
  if (cluster?.leader === undefined) return 1;
  return (cluster.replicas ?? []).filter(({ current, offline }) => !current || offline).length;
}

async function infoOf(servers: readonly string[]): Promise<StreamInfo | undefined> {
  try {
    const nats = await connect({ servers: servers.map((url) => new URL(url).host), timeout: API_MS, reconnect: false });
    try {
      return await (await nats.jetstreamManager({ timeout: API_MS, checkAPI: false })).streams.info('INVENTORY');
    } finally {
      await nats.close();
    }
  } catch {
    return undefined;
  }
}
