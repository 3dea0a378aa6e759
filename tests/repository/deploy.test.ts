/** What is deployed beside the processes: alerts and their pages, held against what the processes really measure. */
import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { IMAGES, NODE_IMAGE } from '../../scripts/lib/containers/images.mjs';
import { missingPrograms, requireProgram } from '@inventory/testkit/processes/programs.ts';
import { exists } from './sources.ts';
import { readDashboards, registeredMetrics } from './watched.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const ALERTS = join(ROOT, 'deploy/prometheus/alerts.yml');

const alerts = readFileSync(ALERTS, 'utf8');
const names = [...alerts.matchAll(/^ +- alert: (\w+)$/gm)].map(([, name = '']) => name);

describe('the alerts', () => {
  it('have a page each, which the alert names, and no page is without its alert', () => {
    const pages = readdirSync(join(ROOT, 'docs/runbooks')).filter((file) => file !== 'README.md');
    expect(pages.toSorted()).to.deep.equal(names.map((name) => `${name}.md`).toSorted());
    for (const name of names) {
      expect(alerts).to.match(new RegExp(`^ +runbook_url: https://\\S+/docs/runbooks/${name}\\.md$`, 'm'));
      const page = readFileSync(join(ROOT, 'docs/runbooks', `${name}.md`), 'utf8');
      for (const part of ['**Symptom.**', '**Meaning.**', '**What to do.**', '**It is over when**']) {
        expect(page, `${name}.md`).to.contain(part);
      }
    }
  });

  it('reach somebody: Prometheus knows the Alertmanager of its profile, which has a receiver for each severity', () => {
    const of = (path: string): unknown => parse(readFileSync(join(ROOT, path), 'utf8'));
    const prometheus = z.looseObject({ alerting: z.object({ alertmanagers: z.tuple([
      z.object({ static_configs: z.tuple([z.object({ targets: z.array(z.string()) })]) }),
    ]) }) }).parse(of('deploy/prometheus/prometheus.yml'));
    expect(prometheus.alerting.alertmanagers[0].static_configs[0].targets).to.deep.equal(['alertmanager:9093']);
    const { route, receivers } = z.looseObject({
      route: z.looseObject({ receiver: z.string(), routes: z.array(z.looseObject({ matchers: z.array(z.string()), receiver: z.string() })) }),
      receivers: z.array(z.looseObject({ name: z.string(), webhook_configs: z.array(z.looseObject({ url_file: z.string() })) })),
    }).parse(of('deploy/prometheus/alertmanager.yml'));
    const severities = new Set([...alerts.matchAll(/severity: (\w+)/g)].map(([, severity = '']) => severity));
    expect([...severities].toSorted()).to.deep.equal(['page', 'ticket']);
    expect(route.routes.map(({ matchers, receiver }) => `${matchers.join()} ${receiver}`)).to.deep.equal(['severity = "page" on-call']);
    expect(receivers.map(({ name }) => name).toSorted()).to.deep.equal(['on-call', route.receiver].toSorted());
    const compose = readFileSync(join(ROOT, 'docker-compose.yml'), 'utf8');
    for (const file of receivers.flatMap(({ webhook_configs: hooks }) => hooks.map(({ url_file: path }) => path))) {
      const name = file.split('/').at(-1) ?? '';
      expect(compose).to.contain(`./deploy/prometheus/${name}:${file}:ro`);
      expect(readFileSync(join(ROOT, 'deploy/prometheus', name), 'utf8')).to.match(/^https?:\/\/\S+\n$/);
    }
  });

  it('are each tried in alerts.test.yml', () => {
    const tests = readFileSync(join(ROOT, 'deploy/prometheus/alerts.test.yml'), 'utf8');
    expect(names.filter((name) => !new RegExp(`alertname: ${name}\\n +exp_alerts:\\n`).test(tests))).to.deep.equal([]);
  });

  it('and their pages ask for nothing that no process measures', () => {
    const measured = registeredMetrics();
    const texts = [alerts, ...names.map((name) => readFileSync(join(ROOT, 'docs/runbooks', `${name}.md`), 'utf8'))];
    const asked = texts.flatMap((text) => [...text.matchAll(
      /(?<![:\w])((?:http|relay|projector|projection|policy|cache|token|commit|rate|stock)_[a-z0-9_]+)\b/g)].map(([, name = '']) => name));
    const known = (name: string): boolean => measured.has(name.replace(/_(count|sum|bucket)$/, '')) || measured.has(name);
    expect([...new Set(asked)].filter((name) => !known(name))).to.deep.equal([]);
    expect(new Set(asked).size, 'metrics that are asked for').to.be.above(10);
  });

  const missing = missingPrograms({ promtool: 'prometheus' });
  const skipped = missing === '' ? '' : ` (skipped: ${missing})`;
  (missing === '' ? it : it.skip)(`fire on their symptom and not without it, as promtool says${skipped}`, () => {
    const { path, env } = requireProgram('promtool');
    const said = execFileSync(path, ['test', 'rules', 'alerts.test.yml'], {
      env, cwd: join(ROOT, 'deploy/prometheus'), encoding: 'utf8',
    });
    expect(said).to.contain('SUCCESS');
  });
});

describe('the dashboards', () => {
  it('are two, each panel with a word on what it means and a query to the Prometheus that is provisioned', () => {
    const dashboards = readDashboards();
    expect(dashboards.map(({ uid }) => uid).toSorted()).to.deep.equal(['inventory-pipeline', 'inventory-service']);
    const provisioned = readFileSync(join(ROOT, 'deploy/grafana/provisioning/datasources/prometheus.yml'), 'utf8');
    for (const { title, description = '', datasource, targets } of dashboards.flatMap(({ panels }) => panels)) {
      if (datasource === undefined) continue;
      expect(description, title).to.match(/\.$/);
      expect(targets.length, title).to.be.above(0);
      expect(provisioned, title).to.contain(`uid: ${datasource.uid}\n`);
    }
  });

  it('lie where Compose mounts them and the provider looks', () => {
    const provider = readFileSync(join(ROOT, 'deploy/grafana/provisioning/dashboards/inventory.yml'), 'utf8');
    const folder = /path: ([\w/]+)/.exec(provider)?.[1] ?? '';
    expect(readFileSync(join(ROOT, 'docker-compose.yml'), 'utf8')).to.contain(`./deploy/grafana/dashboards:${folder}:ro`);
  });
});

describe('docker-compose.yml', () => {
  const service = z.looseObject({
    profiles: z.array(z.string()).default([]), image: z.string(), read_only: z.boolean().default(false),
    ports: z.array(z.string()).default([]), cap_drop: z.array(z.string()).default([]), security_opt: z.array(z.string()).default([]),
    networks: z.array(z.string()).default([]), network_mode: z.string().optional(), entrypoint: z.array(z.string()).default([]),
    environment: z.record(z.string(), z.unknown()).default({}), command: z.array(z.string()).default([]), volumes: z.array(z.string()).default([]),
  });
  const { services } = z.looseObject({ services: z.record(z.string(), service) }).parse(parse(readFileSync(join(ROOT, 'docker-compose.yml'), 'utf8'), { merge: true }));
  const inProfile = (profile: string | undefined): readonly string[] => Object.entries(services)
    .filter(([, { profiles: [first] }]) => first === profile).map(([name]) => name).toSorted();

  it('starts the core alone unless told otherwise', () => {
    expect(inProfile(undefined)).to.deep.equal([
      'api', 'credentials', 'keys', 'logins', 'migrate', 'nats', 'postgres', 'projector', 'redis', 'relay', 'seed',
    ]);
    expect(inProfile('edge')).to.deep.equal(['api-1', 'api-2', 'api-3', 'nginx']);
    expect(inProfile('obs')).to.deep.equal(['alertmanager', 'grafana', 'prometheus']);
  });

  it('tells nginx the port at which TLS is published', () => {
    const [, , script = ''] = services['nginx']?.entrypoint ?? [];
    const folder = mkdtempSync(join(tmpdir(), 'testkit-compose-'));
    try {
      // As Compose hands it over, with a folder of our own, and up to where nginx begins.
      const said = script.replaceAll('$$', '$').replace('/tmp/', `${folder}/`).replace('exec nginx', 'echo');
      execFileSync('/bin/sh', ['-c', said, '--'], { env: { PATH: process.env['PATH'], EDGE_PORT: '9443' } });
      expect(readFileSync(join(folder, 'nginx-tls-port.conf'), 'utf8')).to.equal('set $tls_port :9443;\n');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('hardens every container, and has each server in a network with those alone that talk to it', () => {
    for (const [name, { read_only: locked, cap_drop: dropped, security_opt: options, networks, network_mode: mode }] of Object.entries(services)) {
      expect({ locked, dropped, options }, name).to.deep.equal({ locked: true, dropped: ['ALL'], options: ['no-new-privileges:true'] });
      expect(networks.length === 0, `${name}: in the default network, with everybody`).to.equal(mode === 'none');
    }
    const { networks } = z.looseObject({ networks: z.record(z.string(), z.looseObject({ internal: z.boolean().optional() }).nullable()) })
      .parse(parse(readFileSync(join(ROOT, 'docker-compose.yml'), 'utf8'), { merge: true }));
    const membersOf = (network: string): readonly string[] =>
      Object.entries(services).filter(([, each]) => each.networks.includes(network)).map(([name]) => name).toSorted();
    const apis = ['api', 'api-1', 'api-2', 'api-3'];
    const members = {
      postgres: [...apis, 'logins', 'migrate', 'postgres', 'projector', 'relay', 'seed'], redis: [...apis, 'projector', 'redis'],
      nats: ['nats', 'projector', 'relay'], edge: ['api-1', 'api-2', 'api-3', 'nginx'], obs: [...apis, 'projector', 'prometheus', 'relay'],
    };
    for (const [network, expected] of Object.entries(members)) {
      expect(networks[network]?.internal, network).to.equal(true);
      expect(membersOf(network), network).to.deep.equal(expected);
    }
  });

  it('knows no password, and gives each process a volume with its own', () => {
    const text = readFileSync(join(ROOT, 'docker-compose.yml'), 'utf8');
    expect([...text.matchAll(/(?:PASSWORD\w*:.*\$\{\w+:-([^}]+)\}|:\/\/\w+:([^@\s]+)@)/g)].map(([found]) => found)).to.deep.equal([]);
    for (const name of ['api', 'relay', 'projector']) {
      const { volumes = [] } = services[name] ?? {};
      expect(volumes.filter((volume) => volume.startsWith('credentials')), name).to.deep.equal([`credentials-${name}:/credentials:ro`]);
    }
  });

  it('pins what the profiles add, and lets it write nothing but its data', () => {
    const added = [...inProfile('edge'), ...inProfile('obs')].map((name) => ({ name, ...services[name] }));
    expect(added.filter(({ read_only: locked }) => locked !== true)).to.deep.equal([]);
    expect(added.filter(({ image = '' }) => !/:v?\d+\.\d+\.\d+(-alpine)?$/.test(image) && !image.includes('INVENTORY_IMAGE'))).to.deep.equal([]);
    const mounts = added.flatMap(({ volumes = [] }) => volumes).filter((volume) => volume.startsWith('./')).map((volume) => volume.split(':'));
    expect(mounts.filter(([path = '', , mode]) => mode !== 'ro' || !exists(path.slice(2)))).to.deep.equal([]);
  });

  it('has the apis where nginx looks for them, reached through it alone since they believe it, and all of them scraped', () => {
    const nginx = readFileSync(join(ROOT, 'deploy/nginx/nginx.conf'), 'utf8');
    const servers = [...nginx.matchAll(/^ +server ([\w-]+):(\d+) max_fails=3 fail_timeout=30s;$/gm)].map(([, host = '', port]) => ({ host, port }));
    expect(servers.map(({ host }) => host)).to.deep.equal(['api-1', 'api-2', 'api-3']);
    for (const { host, port } of servers) {
      expect(services[host]?.environment).to.include({ PORT: port }).and.to.have.property('TRUST_PROXY');
      expect(services[host]?.ports).to.deep.equal([]);
    }
    const keptSeconds = Number(/keepalive 64;\n +keepalive_timeout (\d+)s;/.exec(nginx)?.[1]);
    expect(Number(services['api-1']?.environment['HTTP_DRAIN_MS']), 'nginx closes idle connections first')
      .to.be.above(keptSeconds * 1000);
    expect(nginx).to.contain('least_conn;').and.to.not.contain('non_idempotent;');
    expect(readFileSync(join(ROOT, 'deploy/prometheus/prometheus.yml'), 'utf8')).to.contain('[api, api-1, api-2, api-3]');
  });
});

describe('the images', () => {
  const named = (path: string, pattern: RegExp): readonly string[] =>
    [...readFileSync(join(ROOT, path), 'utf8').matchAll(pattern)].map(([, image = '']) => image);

  it('of docker-compose.yml and of the Dockerfile are those of scripts/lib/containers/images.mjs', () => {
    const servers = Object.values(IMAGES).map(({ image }) => image);
    const inCompose = named('docker-compose.yml', /^ +image: ((?:postgres|redis|nats):\S+)$/gm);
    expect([...new Set(inCompose)].toSorted()).to.deep.equal(servers.toSorted());
    expect(named('Dockerfile', /^ARG NODE_IMAGE=(\S+)$/gm)).to.deep.equal([NODE_IMAGE]);
  });
});
