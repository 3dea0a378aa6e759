import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { parse } from 'yaml';
import { z } from 'zod';
import { registeredMetrics } from '../../repository/watched.ts';
import { NAMES } from '../world/fleet.ts';
import type { Name } from '../world/fleet.ts';
import { alertsOf, conditions } from './alerts.ts';
import { increase, parseSamples, valuesOf } from './metrics.ts';
import type { Scrape } from './metrics.ts';
import { overlapMs, watchStalls } from './stalls.ts';

const ALERTS = join(import.meta.dirname, '..', '..', '..', 'deploy/prometheus/alerts.yml');
const rules = z.object({ groups: z.array(z.object({ rules: z.array(z.object({ alert: z.string().optional(), expr: z.string() })) })) });

const WELL = `
# HELP relay_publishing 1 while this instance leads and its last step has gone well
relay_publishing{process="relay"} 1
relay_oldest_unpublished_seconds 0.1
relay_parked_events 0
relay_refilled_total 3
relay_publish_errors_total{class="full"} 0
relay_publish_errors_total{class="refused"} 2
projection_divergence_keys 0
projector_seal_age_seconds 0.2
policy_breaker_open{policy="postgres-write"} 0
pg_server_known 1
relay_held_back_seconds 0
relay_stream_drift_settings 0
projector_mended_products_total 2
projector_events_total{result="applied"} 5
projector_events_total{result="refused"} 0
token_revocations_age_seconds 1
log_tail_behind_seconds 0
`;
/** Shares of what happened in many minutes, and what takes two releases: a round is shorter, and of one release. */
const OVER_MINUTES = ['ErrorBudgetBurnsFast', 'ErrorBudgetBurnsSlowly', 'ReadsMissTheView', 'FormatHeldUp'];

type Others = Readonly<Partial<Record<Name, string | undefined>>>;

/** Of six processes that say this, but for those named, whose numbers are `pid`. */
const scraped = (text: string, others: Others = {}, pid = 1): Scrape => new Map(NAMES.map((name) => {
  const said = Object.hasOwn(others, name) ? others[name] : text;
  return [name, said === undefined ? undefined : { pid: Object.hasOwn(others, name) ? pid : 1, samples: parseSamples(said) }];
}));

describe('what processes measure', () => {
  it('is read line by line, with labels and without', () => {
    const samples = parseSamples(WELL);
    expect(samples).to.have.length(17);
    expect(samples[0]).to.deep.equal({ name: 'relay_publishing', labels: 'process="relay"', value: 1 });
    expect(parseSamples('a 1e-3\nb{x="{}"} NaN')).to.deep.equal([{ name: 'a', labels: '', value: 0.001 }]);
    expect(valuesOf(scraped(WELL, { 'api-1': undefined }), 'relay_publish_errors_total', /full/)).to.deep.equal([0, 0, 0, 0, 0]);
  });

  it('rises by what all have counted since, those that were started anew from 0', () => {
    const before = scraped('n 5');
    expect(increase(before, scraped('n 5'), 'n')).to.equal(0);
    expect(increase(before, scraped('n 7'), 'n')).to.equal(12);
    expect(increase(before, scraped('n 5', { 'api-1': 'n 2' }, 2), 'n')).to.equal(2);
    expect(increase(before, scraped('n 5', { 'api-1': 'n 5' }, 2), 'n')).to.equal(5);
    expect(increase(before, scraped('n 5', { 'api-1': undefined }), 'n')).to.equal(0);
  });
});

describe('times in which the rig stood still', () => {
  it('count as far as they lie in the time in question', () => {
    const stalls = [{ fromMs: 100, toMs: 300 }, { fromMs: 500, toMs: 600 }];
    expect(overlapMs(stalls, 0, 1_000)).to.equal(300);
    expect(overlapMs(stalls, 200, 550)).to.equal(150);
    expect(overlapMs(stalls, 300, 500)).to.equal(0);
  });

  it('are seen when nothing else had its turn', async () => {
    const { stalledMs, stop } = watchStalls();
    const fromMs = Date.now();
    await delay(40);
    while (Date.now() < fromMs + 300) { /* Nobody else has a turn. */ }
    await delay(40);
    stop();
    expect(stalledMs(fromMs, Date.now())).to.be.above(150);
    expect(stalledMs(fromMs - 1_000, fromMs)).to.be.below(50);
  });
});

describe('the alerts that would call', () => {
  const well = scraped(WELL, { 'relay-1': WELL, 'relay-2': WELL.replace('relay_publishing{process="relay"} 1', '') });
  const changed = (from: string, to: string) => alertsOf(scraped(WELL.replace(from, to)), well);

  it('are none while all is well', () => { expect(alertsOf(well, well)).to.deep.equal([]); });

  for (const [name, from, to] of [
    ['NobodyPublishes', 'relay_publishing{process="relay"} 1', 'relay_publishing 0'], ['PublishingFallsBehind', 'seconds 0.1', 'seconds 31'],
    ['EventsParked', 'relay_parked_events 0', 'relay_parked_events 1'], ['BrokerLostEvents', 'refilled_total 3', 'refilled_total 4'],
    ['StreamFull', '{class="full"} 0', '{class="full"} 1'], ['ViewDiverges', 'divergence_keys 0', 'divergence_keys 1'],
    ['ViewNotSealed', 'seal_age_seconds 0.2', 'seal_age_seconds 6'], ['DatabaseUnavailable', '{policy="postgres-write"} 0', '{policy="postgres-write"} 1'],
    ['LogOnUnknownServer', 'server_known 1', 'server_known 0'], ['LogHeldBack', 'held_back_seconds 0', 'held_back_seconds 31'],
    ['StreamChanged', 'drift_settings 0', 'drift_settings 1'], ['ViewRepaired', 'products_total 2', 'products_total 3'],
    ['StrangersPublish', '{result="refused"} 0', '{result="refused"} 1'], ['RevocationsNotFollowed', 'age_seconds 1', 'age_seconds 31'],
    ['LiveFeedFallsBehind', 'tail_behind_seconds 0', 'tail_behind_seconds 11'],
  ] as const) {
    it(`name ${name}`, () => { expect(changed(from, to)).to.deep.equal([name]); });
  }

  it('name ProcessDown where one does not answer, and ViewNotSealed where nobody tells', () => {
    expect(alertsOf(scraped(WELL, { 'api-1': undefined }), well)).to.deep.equal(['ProcessDown']);
    expect(changed('projector_seal_age_seconds 0.2', '')).to.deep.equal(['ViewNotSealed']);
  });

  it('are those of deploy/prometheus, by metrics that are measured', () => {
    const { groups } = rules.parse(parse(readFileSync(ALERTS, 'utf8')));
    const deployed = groups.flatMap((group) => group.rules.flatMap(({ alert }) => alert ?? []));
    expect(deployed.filter((alert) => !OVER_MINUTES.includes(alert))).to.have.members(Object.keys(conditions));
    const measured = registeredMetrics();
    for (const { name } of parseSamples(WELL)) expect(measured.has(name), name).to.equal(true);
  });
});
