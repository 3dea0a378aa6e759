/**
 * Mischief with acknowledgements, at a proxy before NATS. By seeded chance each one passes, is dropped, is repeated, or is
 * held back until later bytes pass, so it comes after its successors, or too late. All other bytes pass unchanged.
 */
import type { Direction } from '@inventory/testkit/servers/proxy.ts';

interface Mischief {
  readonly hook: (chunk: Buffer, direction: Direction) => Buffer;
  readonly done: { passed: number; dropped: number; repeated: number; delayed: number };
  /** From now on everything passes, with what was held back. */
  stop(): void;
}

/** Random numbers in [0, 1) that a seed repeats: mulberry32. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const ACK = /^\{"stream":"INVENTORY",\s*"seq":\d+/;

export function createMischief(random: () => number): Mischief {
  const done = { passed: 0, dropped: 0, repeated: 0, delayed: 0 };
  let rest = Buffer.alloc(0);
  let held: Buffer[] = [];
  let stopped = false;

  const treat = (frame: Buffer): readonly Buffer[] => {
    const chance = stopped ? 1 : random();
    if (chance < 0.05) {
      done.dropped += 1;
      return [];
    }
    if (chance < 0.15) {
      done.repeated += 1;
      return [frame, frame];
    }
    if (chance < 0.25) {
      done.delayed += 1;
      held.push(frame);
      return [];
    }
    done.passed += 1;
    return [frame];
  };

  return {
    done,
    stop() { stopped = true; },
    hook(chunk, direction) {
      if (direction === 'to_server') return chunk;
      // A new connection begins with INFO, and has none of the old one's bytes.
      if (chunk.subarray(0, 5).toString() === 'INFO ') {
        rest = Buffer.alloc(0);
        held = [];
      }
      rest = Buffer.concat([rest, chunk]);
      const out: Buffer[] = [];
      if (stopped || random() < 0.3) out.push(...held.splice(0));
      for (let frame = nextFrame(rest); frame !== undefined; frame = nextFrame(rest)) {
        rest = rest.subarray(frame.length);
        out.push(...(isAck(frame) ? treat(frame) : [frame]));
      }
      return Buffer.concat(out);
    },
  };
}

function isAck(frame: Buffer): boolean {
  const end = frame.indexOf('\r\n');
  return frame.subarray(0, 4).toString() === 'MSG ' && ACK.test(frame.subarray(end + 2, end + 80).toString());
}

/** The first whole frame: a line, or a message with its stated length. */
function nextFrame(bytes: Buffer): Buffer | undefined {
  const end = bytes.indexOf('\r\n');
  if (end < 0) return undefined;
  const words = bytes.subarray(0, end).toString().split(' ');
  const payload = words[0] === 'MSG' || words[0] === 'HMSG' ? Number(words.at(-1)) + 2 : 0;
  const total = end + 2 + payload;
  return bytes.length < total ? undefined : bytes.subarray(0, total);
}
