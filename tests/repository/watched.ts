/** What deploy/ asks Prometheus for: the queries of the dashboards and of the alert rules, and the metrics in them. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { readRepository } from './sources.ts';

const DEPLOY = join(import.meta.dirname, '..', '..', 'deploy');

const dashboardSchema = z.object({
  uid: z.string(),
  panels: z.array(z.object({
    title: z.string(),
    description: z.string().optional(),
    datasource: z.object({ uid: z.string() }).optional(),
    targets: z.array(z.object({ expr: z.string() })).default([]),
  })),
});
const rulesSchema = z.object({ groups: z.array(z.object({ rules: z.array(z.object({ expr: z.string() })) })) });

type Dashboard = z.output<typeof dashboardSchema>;

/** The dashboards of deploy/grafana, as Grafana would load them. */
export function readDashboards(): readonly Dashboard[] {
  const folder = join(DEPLOY, 'grafana/dashboards');
  return readdirSync(folder).map((file) => dashboardSchema.parse(JSON.parse(readFileSync(join(folder, file), 'utf8'))));
}

/** The queries of all dashboards. */
export function dashboardQueries(): readonly string[] {
  return readDashboards().flatMap(({ panels }) => panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)));
}

/** The expressions of all alert and recording rules. */
export function ruleQueries(): readonly string[] {
  const { groups } = rulesSchema.parse(parse(readFileSync(join(DEPLOY, 'prometheus/alerts.yml'), 'utf8')));
  return groups.flatMap(({ rules }) => rules.map(({ expr }) => expr));
}

const WORDS = new Set(['and', 'or', 'unless', 'by', 'without', 'on', 'ignoring', 'bool', 'offset']);

/** The metrics that the queries name, without what a rule records and what Prometheus itself knows (`up`). */
export function metricsIn(queries: readonly string[]): ReadonlySet<string> {
  const names = queries.flatMap((query) => {
    const bare = query.replace(/\{[^}]*\}|\[[^\]]*\]|\b(by|without|on|ignoring) *\([^)]*\)/g, ' ');
    return [...bare.matchAll(/(?<![\w:.$])[a-z_][\w:]*(?! *\()(?![\w:])/g)].map(([name]) => name);
  });
  return new Set(names.filter((name) => !WORDS.has(name) && !name.includes(':') && name !== 'up'));
}

/** The names under which the code registers its metrics. */
export function registeredMetrics(): ReadonlySet<string> {
  const code = readRepository().filter(({ path }) => /^packages\/.*(?<!\.test)\.ts$/.test(path));
  return new Set(code.flatMap(({ text }) => [...text.matchAll(/\bname: '([a-z0-9]+(?:_[a-z0-9]+)+)'/g)].map(([, name = '']) => name)));
}

/** The names that a scrape may be asked for: those of its TYPE lines, and of the parts of its histograms. */
export function metricsOf(scrape: string): ReadonlySet<string> {
  return new Set([...scrape.matchAll(/^# TYPE (\S+) (\S+)$/gm)].flatMap(([, name = '', type]) =>
    (type === 'histogram' ? ['_bucket', '_sum', '_count'].map((part) => name + part) : [name])));
}
