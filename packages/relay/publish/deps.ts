/** What publishing needs, and whom it tells of what happens. */
import type { Database } from '@inventory/db/pool.ts';
import type { Lead } from '../leader/fence.ts';
import type { StreamApi } from '../stream/stream.ts';
import type { PublishOutcome } from './chain.ts';
import type { Parked } from './left-behind.ts';
import type { Message } from './message.ts';
import type { Foreign } from './tail.ts';

export interface BatchDeps {
  /** The session that holds the lead. */
  readonly db: Database;
  readonly lead: Lead;
  readonly streams: StreamApi;
  /** publishChained, or a wrapper of it. Never rejects. */
  readonly publish: (messages: readonly Message[], base: number) => Promise<PublishOutcome>;
  /** What the server takes in one message, as it says now. */
  maxPayload(): number;
  readonly batchSize: number;
  readonly replicas: number;
  readonly observe: BatchObserver;
}

/** Told of what happens, for logs and metrics. */
export interface BatchObserver {
  verified(tail: {
    readonly sequence: number;
    readonly marked: number;
    readonly refilled: number;
    readonly drift: readonly string[];
  }): void;
  /** The stream was looked at between two batches. */
  checked(stream: { readonly drift: readonly string[] }): void;
  published(secondsSinceEvent: readonly number[]): void;
  /** The tail of the stream holds messages that are nobody's business; the same ones may be told of again. */
  foreign(found: { readonly stream: string; readonly messages: readonly Foreign[] }): void;
  parked(events: readonly Parked[]): void;
  publishFailed(error: unknown): void;
  failed(error: unknown): void;
}
