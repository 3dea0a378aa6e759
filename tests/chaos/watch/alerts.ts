/**
 * The alerts that would fire if the present state lasted: the conditions of deploy/prometheus/alerts.yml by their names,
 * over one scrape, without the time for which each must hold.
 */
import { increase, valuesOf } from './metrics.ts';
import type { Scrape } from './metrics.ts';

const SEAL_AGE_SECONDS = 5;
const UNPUBLISHED_SECONDS = 30;
const HELD_BACK_SECONDS = 30;
const REVOCATIONS_SECONDS = 30;
const FEED_SECONDS = 10;

const max = (values: readonly number[]): number => Math.max(-Infinity, ...values);
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** `first` is the scrape before the fault: conditions on increases compare with it. */
export const conditions: Readonly<Record<string, (now: Scrape, first: Scrape) => boolean>> = {
  ProcessDown: (now) => [...now.values()].includes(undefined),
  DatabaseUnavailable: (now) => max(valuesOf(now, 'policy_breaker_open', /policy="postgres-write"/)) === 1,
  LogOnUnknownServer: (now) => valuesOf(now, 'pg_server_known').includes(0),
  NobodyPublishes: (now) => sum(valuesOf(now, 'relay_publishing')) < 1,
  PublishingFallsBehind: (now) => max(valuesOf(now, 'relay_oldest_unpublished_seconds')) > UNPUBLISHED_SECONDS,
  LogHeldBack: (now) => max(valuesOf(now, 'relay_held_back_seconds')) > HELD_BACK_SECONDS,
  StreamFull: (now, first) => increase(first, now, 'relay_publish_errors_total', /class="full"/) > 0,
  StreamChanged: (now) => max(valuesOf(now, 'relay_stream_drift_settings')) > 0,
  EventsParked: (now) => max(valuesOf(now, 'relay_parked_events')) > 0,
  BrokerLostEvents: (now, first) => increase(first, now, 'relay_refilled_total') > 0,
  ViewDiverges: (now) => max(valuesOf(now, 'projection_divergence_keys')) > 0,
  ViewRepaired: (now, first) => increase(first, now, 'projector_mended_products_total') > 0,
  StrangersPublish: (now, first) => increase(first, now, 'projector_events_total', /result="refused"/) > 0,
  RevocationsNotFollowed: (now) => max(valuesOf(now, 'token_revocations_age_seconds')) > REVOCATIONS_SECONDS,
  LiveFeedFallsBehind: (now) => max(valuesOf(now, 'log_tail_behind_seconds')) > FEED_SECONDS,
  ViewNotSealed: (now) => {
    const ages = valuesOf(now, 'projector_seal_age_seconds');
    return ages.length === 0 || Math.min(...ages) > SEAL_AGE_SECONDS;
  },
};

export function alertsOf(now: Scrape, first: Scrape): readonly string[] {
  return Object.entries(conditions).filter(([, holds]) => holds(now, first)).map(([name]) => name);
}
