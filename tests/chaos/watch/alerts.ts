/**
 * The alerts that would fire if the present state lasted: the conditions of deploy/prometheus/alerts.yml by their names,
 * over one scrape, without the time for which each must hold.
 */
import { increase, valuesOf } from './metrics.ts';
import type { Scrape } from './metrics.ts';

const SEAL_AGE_SECONDS = 5;
const UNPUBLISHED_SECONDS = 30;

const max = (values: readonly number[]): number => Math.max(-Infinity, ...values);
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** `first` is the scrape before the fault: conditions on increases compare with it. */
export const conditions: Readonly<Record<string, (now: Scrape, first: Scrape) => boolean>> = {
  ProcessDown: (now) => [...now.values()].includes(undefined),
  DatabaseUnavailable: (now) => max(valuesOf(now, 'policy_breaker_open', /policy="postgres-write"/)) === 1,
  NobodyPublishes: (now) => sum(valuesOf(now, 'relay_publishing')) < 1,
  PublishingFallsBehind: (now) => max(valuesOf(now, 'relay_oldest_unpublished_seconds')) > UNPUBLISHED_SECONDS,
  StreamFull: (now, first) => increase(first, now, 'relay_publish_errors_total', /class="full"/) > 0,
  EventsParked: (now) => max(valuesOf(now, 'relay_parked_events')) > 0,
  BrokerLostEvents: (now, first) => increase(first, now, 'relay_refilled_total') > 0,
  ViewDiverges: (now) => max(valuesOf(now, 'projection_divergence_keys')) > 0,
  ViewNotSealed: (now) => {
    const ages = valuesOf(now, 'projector_seal_age_seconds');
    return ages.length === 0 || Math.min(...ages) > SEAL_AGE_SECONDS;
  },
};

export function alertsOf(now: Scrape, first: Scrape): readonly string[] {
  return Object.entries(conditions).filter(([, holds]) => holds(now, first)).map(([name]) => name);
}
