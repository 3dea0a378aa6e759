/** What a process of ours holds after a collection, asked of it through V8's inspector: what is garbage counts for nothing. */
import { once } from 'node:events';
import type { TestProcess } from '@inventory/testkit/processes/processes.ts';
import { z } from 'zod';

/** Of the environment of a process that is to be asked. */
export const INSPECTED = { NODE_OPTIONS: '--inspect=127.0.0.1:0' } as const;

/** What has just been let go is collected by the second one. */
const COLLECTIONS = 2;

const memory = z.object({ result: z.object({ result: z.object({ value: z.string() }) }) });
const usage = z.object({ heapUsed: z.number(), external: z.number() });

/**
 * Collects the garbage of a process that was started with INSPECTED.
 * @returns the bytes that it holds then, in its heap and in buffers outside of it
 * @throws {Error} when it has no inspector
 */
export async function bytesHeld(process: Pick<TestProcess, 'noise'>): Promise<number> {
  const url = process.noise.map((line) => /ws:\/\/\S+/.exec(line)?.[0]).find((found) => found !== undefined);
  if (url === undefined) throw new Error('the process was started without an inspector');
  const socket = new WebSocket(url);
  try {
    await once(socket, 'open');
    const ask = async (id: number, method: string, params: object): Promise<unknown> => {
      const answered = once(socket, 'message');
      socket.send(JSON.stringify({ id, method, params }));
      const [event] = await answered;
      return JSON.parse(z.object({ data: z.string() }).parse({ data: event.data }).data);
    };
    for (let nth = 1; nth <= COLLECTIONS; nth += 1) await ask(nth, 'HeapProfiler.collectGarbage', {});
    const answer = await ask(COLLECTIONS + 1, 'Runtime.evaluate', { expression: 'JSON.stringify(process.memoryUsage())', returnByValue: true });
    const { heapUsed, external } = usage.parse(JSON.parse(memory.parse(answer).result.result.value));
    return heapUsed + external;
  } finally {
    socket.close();
  }
}
