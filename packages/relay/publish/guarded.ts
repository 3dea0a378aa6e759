/** NATS behind its one breaker: while NATS does not answer, one call a second tries and all others fail at once. */
import type { Policy } from '@inventory/runtime/policies.ts';
import type { Message } from './message.ts';
import { publishChained } from './chain.ts';
import type { PublishOutcome, Publisher } from './chain.ts';
import { classifyPublishError } from './broker-failures.ts';
import type { StreamApi } from '../stream/stream.ts';

/** True for what opens the breaker: no answer, or a broker that is full. A refusal comes from a broker that is well. */
export function isBrokerFailure(error: unknown): boolean {
  const kind = classifyPublishError(error);
  return kind === 'unknown' || kind === 'full';
}

/** publishChained through the policy. Never rejects. */
export function guardedPublish(publisher: Publisher, policy: Policy) {
  return async (messages: readonly Message[], base: number): Promise<PublishOutcome> => {
    let outcome: PublishOutcome = { accepted: 0, failure: undefined };
    try {
      await policy.execute(async () => {
        outcome = await publishChained(publisher, messages, base);
        if (outcome.failure !== undefined) throw outcome.failure;
      });
      return outcome;
    } catch (error) {
      // What was acknowledged stays so, whatever the policy made of the failure.
      return { accepted: outcome.accepted, failure: error };
    }
  };
}

/** The management calls through the policy. */
export function guardedStreams(streams: StreamApi, policy: Policy): StreamApi {
  return {
    info: (...args) => policy.execute(() => streams.info(...args)),
    add: (...args) => policy.execute(() => streams.add(...args)),
    update: (...args) => policy.execute(() => streams.update(...args)),
    getMessage: (...args) => policy.execute(() => streams.getMessage(...args)),
  };
}
