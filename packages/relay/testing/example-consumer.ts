/** The example consumer of docs/events.md on a stream that a test fills itself, without a relay. */
import { headers as natsHeaders } from 'nats';
import type { JetStreamManager, NatsConnection } from 'nats';
import { STREAM } from '@inventory/domain/subjects.ts';
import { spawnProcess } from '@inventory/testkit/processes/processes.ts';
import type { TestProcess } from '@inventory/testkit/processes/processes.ts';

const DURABLE = 'analytics';

/** Starts it. @param url as its command line takes it: one server, or several with commas */
export function startExample(url: string): Promise<TestProcess> {
  return spawnProcess({ command: 'relay', script: 'packages/relay/example/consumer.mjs', args: [url, DURABLE], env: {} });
}

export async function makeStream(jsm: JetStreamManager, replicas: number): Promise<void> {
  await jsm.streams.add({ name: STREAM, subjects: ['stock.>'], num_replicas: replicas });
}

/** Publishes one event of a stock row. @returns the line that the example writes for it */
export async function publishState(nats: NatsConnection, version: number): Promise<string> {
  const headers = natsHeaders();
  headers.set('ce-type', 'stock.updated');
  headers.set('ce-partitionkey', 'the row');
  const state = { store_id: 'MAD-001', product_id: 'the product', available: 10 * version, version };
  await nats.jetstream({ timeout: 1_000 }).publish('stock.updated.MAD-001', JSON.stringify(state), { headers });
  return `MAD-001 the product ${10 * version} available, version ${version}`;
}
