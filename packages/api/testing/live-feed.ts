/** For tests of the live feed: an api, and viewers of it. */
import type { Client } from '@inventory/testkit/http/client.ts';
import { openStream } from '@inventory/testkit/http/event-stream.ts';
import type { EventStream, StreamOptions } from '@inventory/testkit/http/event-stream.ts';
import type { TokenOptions } from '@inventory/testkit/http/tokens.ts';
import { expect } from 'chai';
import type { FeedRules } from '../stream/live-feed.ts';
import { addProduct, admin, startTestApi } from './api.ts';
import type { TestApi } from './api.ts';

export interface Feed {
  readonly api: TestApi;
  /** An admin. */
  readonly boss: Client;
  /** Opens a stream, which is closed with the feed. @param who nobody where it is left out */
  readonly watch: (who: TokenOptions | undefined, query: string, options?: StreamOptions) => Promise<EventStream>;
  /** Changes a row. @returns its version */
  readonly change: (product: string, store: string, by: number) => Promise<number>;
  /** A new product that Madrid and Barcelona have. @returns its id */
  readonly stocked: (quantity?: number) => Promise<string>;
  readonly close: () => Promise<void>;
}

/** An api with six places for viewers, three for each user, where a test asks for no others. */
export async function startFeed(rules: Partial<FeedRules> = {}, connectionsPerAddress = 1000): Promise<Feed> {
  const api = await startTestApi({ feed: { mostOfUser: 3, most: 6, ...rules }, connectionsPerAddress, hides: true });
  const boss = await api.as(admin);
  const open: EventStream[] = [];
  const change = async (product_id: string, store_id: string, quantity_change: number): Promise<number> => {
    const answer = await boss.post('/stock', { product_id, store_id, quantity_change, reason: quantity_change > 0 ? 'RESTOCK' : 'DAMAGE' });
    expect(answer.status, answer.text).to.equal(200);
    return Number(answer.body['version']);
  };
  return {
    api, boss, change,
    watch: async (who, query, options = {}) => {
      const token = who === undefined ? {} : { token: await api.token(who) };
      const stream = await openStream(`http://127.0.0.1:${api.port}/api/v1/stream${query}`, { ...token, ...options });
      open.push(stream);
      return stream;
    },
    stocked: async (quantity = 10) => {
      const product = await addProduct(api.db);
      for (const store of ['MAD-001', 'BCN-001']) await change(product, store, quantity);
      return product;
    },
    close: async () => {
      for (const stream of open) stream.close();
      await api.close();
    },
  };
}

/** Status and code of an answer that is a problem. */
export function problemIn({ status, text }: EventStream): readonly unknown[] {
  const body: { readonly code?: unknown } = JSON.parse(text());
  return [status, body.code];
}
