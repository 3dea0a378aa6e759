/** deploy/k8s: valid by the schemas of Kubernetes, and true of the processes as their configurations and servers are. */
import { readConfig } from '@inventory/runtime/config/config.ts';
import { expect } from 'chai';
import { Deployment } from 'kubernetes-models/apps/v1';
import { HorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2';
import { Job } from 'kubernetes-models/batch/v1';
import { Ingress, NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1';
import { ConfigMap, Service } from 'kubernetes-models/v1';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { processConfigs } from './configs.ts';
import { render } from './kustomize.ts';
import type { KubernetesObject } from './kustomize.ts';
import { exists } from './sources.ts';
import { createTestKeys } from '@inventory/testkit/http/tokens.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const MODELS = { Deployment, HorizontalPodAutoscaler, Job, Ingress, NetworkPolicy, PodDisruptionBudget, ConfigMap, Service };
const PROCESSES = ['api', 'relay', 'projector'] as const;
const overlay = render(join(ROOT, 'deploy/k8s/overlays/production'));
const all = [...render(join(ROOT, 'deploy/k8s/base')), ...overlay];

/** What is wrong with an object by its schema; undefined when nothing is. */
function faultOf(object: KubernetesObject): string | undefined {
  const [, Model] = Object.entries(MODELS).find(([kind]) => kind === object.kind) ?? [];
  if (Model === undefined) return `no schema for ${object.kind}`;
  if (Model.apiVersion !== object.apiVersion) return `${object.apiVersion} instead of ${Model.apiVersion}`;
  const { apiVersion: _version, kind: _kind, ...rest } = object;
  try {
    const made: unknown = Reflect.construct(Model, [rest]);
    if (!(made instanceof Model)) return 'not made';
    made.validate();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const port = z.union([z.int(), z.string()]);
const probe = z.object({ httpGet: z.object({ path: z.string(), port }), periodSeconds: z.int(), failureThreshold: z.int() });
const deploymentSchema = z.object({ spec: z.object({
  replicas: z.int(),
  selector: z.object({ matchLabels: z.record(z.string(), z.string()) }),
  template: z.object({
    metadata: z.object({ labels: z.record(z.string(), z.string()), annotations: z.record(z.string(), z.string()) }),
    spec: z.object({
      terminationGracePeriodSeconds: z.int(),
      securityContext: z.looseObject({ runAsNonRoot: z.literal(true) }),
      topologySpreadConstraints: z.array(z.looseObject({ topologyKey: z.string(), whenUnsatisfiable: z.string() })),
      containers: z.tuple([z.object({
        image: z.string(), command: z.array(z.string()), envFrom: z.array(z.unknown()),
        env: z.array(z.object({ name: z.string(), value: z.string().optional(), valueFrom: z.unknown().optional() })),
        ports: z.array(z.object({ name: z.string(), containerPort: z.int() })),
        livenessProbe: probe, readinessProbe: probe,
        resources: z.object({ requests: z.object({ cpu: z.string(), memory: z.string() }), limits: z.object({ memory: z.string() }) }),
        securityContext: z.looseObject({ readOnlyRootFilesystem: z.literal(true), allowPrivilegeEscalation: z.literal(false) }),
      })]),
      volumes: z.array(z.looseObject({ secret: z.object({ secretName: z.string(), items: z.array(z.object({ key: z.string(), path: z.string() })) }).optional() })),
    }),
  }),
}) });

const find = (kind: string, name: string): KubernetesObject => {
  const object = overlay.find((each) => each.kind === kind && each.metadata.name === name);
  if (object === undefined) throw new Error(`no ${kind} ${name}`);
  return object;
};
const deploymentOf = (name: string) => {
  const { spec } = deploymentSchema.parse(find('Deployment', `inventory-${name}`));
  const [container] = spec.template.spec.containers;
  return { spec, pod: spec.template.spec, labels: spec.template.metadata.labels, annotations: spec.template.metadata.annotations, container };
};
const compose = z.object({ services: z.record(z.string(), z.looseObject({
  entrypoint: z.array(z.string()).optional(), command: z.array(z.string()).optional(), stop_grace_period: z.string().optional(),
})) }).parse(parse(readFileSync(join(ROOT, 'docker-compose.yml'), 'utf8'), { merge: true }));

describe('deploy/k8s', () => {
  it('is valid by the schemas of Kubernetes', () => {
    expect(all.flatMap((object) => {
      const fault = faultOf(object);
      return fault === undefined ? [] : [`${object.kind} ${object.metadata.name}: ${fault}`];
    })).to.deep.equal([]);
    const wrong = { ...find('Deployment', 'inventory-api'), spec: { replicas: 'two' } };
    expect(faultOf(wrong), 'and a wrong one is not').to.contain('replicas');
  });

  it('is scraped under the jobs that the alerts ask for, as deploy/prometheus/kubernetes.yml relabels its pods', () => {
    const { scrape_configs: [scrape] } = z.object({ scrape_configs: z.tuple([z.looseObject({
      kubernetes_sd_configs: z.tuple([z.object({ role: z.literal('pod'), namespaces: z.object({ names: z.array(z.string()) }) })]),
      relabel_configs: z.array(z.object({ source_labels: z.tuple([z.string()]), regex: z.string().optional(), action: z.string().optional(), target_label: z.string().optional() })),
    })]) }).parse(parse(readFileSync(join(ROOT, 'deploy/prometheus/kubernetes.yml'), 'utf8')));
    const alerts = readFileSync(join(ROOT, 'deploy/prometheus/alerts.yml'), 'utf8');
    const [, asked = ''] = /up\{job=~"([^"]+)"\}/.exec(alerts) ?? [];
    for (const name of PROCESSES) {
      const { labels, container } = deploymentOf(name);
      // What Prometheus makes of a pod: a label's name with _ for whatever is no letter or digit.
      const meta = (source: string): string | undefined => (source === '__meta_kubernetes_pod_container_port_name'
        ? container.ports.find(({ name: port }) => port === 'ops')?.name
        : Object.entries(labels).find(([label]) => source === `__meta_kubernetes_pod_label_${label.replaceAll(/[^a-zA-Z0-9]/g, '_')}`)?.[1]);
      for (const { source_labels: [source], regex, action } of scrape.relabel_configs) {
        if (action === 'keep') expect(meta(source), `${name} ${source}`).to.match(new RegExp(`^(${regex})$`));
      }
      const job = scrape.relabel_configs.find(({ target_label: target }) => target === 'job')?.source_labels[0] ?? '';
      expect(meta(job)).to.match(new RegExp(`^(${asked})$`)).and.equal(`inventory-${name}`);
    }
    expect(scrape.kubernetes_sd_configs[0].namespaces.names).to.deep.equal([find('Deployment', 'inventory-api').metadata.namespace]);
    expect(readFileSync(join(ROOT, 'deploy/prometheus/prometheus.yml'), 'utf8')).to.contain('job_name: inventory-api');
  });

  for (const name of PROCESSES) {
    describe(name, () => {
      const spec = processConfigs[name];
      let config: ReturnType<typeof readConfig<{ OPS_PORT: number; SHUTDOWN_DELAY_MS: number; SHUTDOWN_DEADLINE_MS: number }>>;
      const { container, pod, labels, annotations, spec: deployment } = deploymentOf(name);

      before(async () => {
        const folder = mkdtempSync(join(tmpdir(), 'testkit-k8s-'));
        const values = {
          'database-url': 'postgres://inventory:x@postgres:5432/inventory', 'redis-url': 'redis://redis:6379', 'nats-url': 'nats://nats:4222',
          'jwt-public-key': (await createTestKeys()).publicKeyPem,
        };
        for (const [file, value] of Object.entries(values)) writeFileSync(join(folder, file), value);
        const { data } = z.object({ data: z.record(z.string(), z.string()) }).parse(find('ConfigMap', 'inventory-settings'));
        const own = container.env.map(({ name: variable, value = name }) => [variable, value.replace('/secrets', folder)] as const);
        config = readConfig<{ OPS_PORT: number; SHUTDOWN_DELAY_MS: number; SHUTDOWN_DEADLINE_MS: number }>(spec, { ...data, ...Object.fromEntries(own) });
        rmSync(folder, { recursive: true });
      });

      it('is told nothing that its configuration does not read, and all that it needs', () => {
        const known = new Set(Object.keys(spec.shape).flatMap((variable) => [variable, `${variable}_FILE`]));
        expect(container.env.map((variable) => variable.name).filter((variable) => !known.has(variable))).to.deep.equal([]);
        const read = container.env.flatMap(({ value = '' }) => (value.startsWith('/secrets/') ? [value.slice(9)] : []));
        const mounted = pod.volumes.flatMap(({ secret }) => secret?.items.map(({ key, path }) => (key === path ? key : `${key} as ${path}`)) ?? []);
        expect(mounted).to.deep.equal(read);
        // A secret of its own: another process's login is not even there.
        expect(pod.volumes.flatMap(({ secret }) => secret?.secretName ?? [])).to.deep.equal([`inventory-${name}`]);
      });

      it('runs what Compose runs, where the image has it', () => {
        const { entrypoint = [], command = [] } = compose.services[name] ?? {};
        expect(container.command).to.deep.equal([...entrypoint, ...command]);
        expect(exists(container.command[1] ?? '')).to.equal(true);
        expect(container.image).to.match(/^[\w./-]+:[\w.-]+$/);
        expect(readFileSync(join(ROOT, 'Dockerfile'), 'utf8')).to.match(/^ENV .*\bHOST=0\.0\.0\.0 OPS_HOST=0\.0\.0\.0$/m);
      });

      it('is probed and scraped at the port and the paths that its ops server has', () => {
        const ops = container.ports.find((each) => each.name === 'ops');
        expect(ops?.containerPort).to.equal(config.OPS_PORT);
        expect([annotations['prometheus.io/port'], annotations['prometheus.io/path']]).to.deep.equal([String(config.OPS_PORT), '/metrics']);
        expect(container.livenessProbe.httpGet).to.deep.equal({ path: '/livez', port: 'ops' });
        expect(container.readinessProbe.httpGet).to.deep.equal({ path: '/readyz', port: 'ops' });
        const server = readFileSync(join(ROOT, 'packages/runtime/ops.ts'), 'utf8');
        for (const path of ['/livez', '/readyz', '/metrics']) expect(server).to.contain(`path === '${path}'`);
      });

      it('has the time to drain before it is killed', () => {
        // 3 s as runProcess adds them, and a second for what the node takes.
        const needed = config.SHUTDOWN_DELAY_MS + config.SHUTDOWN_DEADLINE_MS + 4000;
        expect(pod.terminationGracePeriodSeconds * 1000).to.be.at.least(needed);
        expect(Number.parseInt(compose.services[name]?.stop_grace_period ?? '0', 10) * 1000).to.be.at.least(config.SHUTDOWN_DEADLINE_MS + 3000);
        if (name === 'api') {
          // Balancers see an instance unready before it stops taking connections.
          const { periodSeconds, failureThreshold } = container.readinessProbe;
          expect(config.SHUTDOWN_DELAY_MS).to.be.above(periodSeconds * failureThreshold * 1000);
        }
      });

      it('is spread over zones where there are some, waits for none, and a drain of a node takes one at a time', () => {
        // A node without the label of a zone never satisfies DoNotSchedule: every pod would stay Pending.
        expect(pod.topologySpreadConstraints.map(({ topologyKey, whenUnsatisfiable }) => `${topologyKey} ${whenUnsatisfiable}`)).to.deep.equal(
          ['topology.kubernetes.io/zone ScheduleAnyway', 'kubernetes.io/hostname ScheduleAnyway']);
        expect(deployment.replicas).to.be.at.least(2);
        expect(labels).to.include(deployment.selector.matchLabels);
        const { spec: budget } = z.object({ spec: z.object({ maxUnavailable: z.int(), selector: z.unknown() }) })
          .parse(find('PodDisruptionBudget', `inventory-${name}`));
        expect(budget).to.deep.equal({ maxUnavailable: 1, selector: { matchLabels: deployment.selector.matchLabels } });
      });

      it('may reach the servers that it is told of, and no others', () => {
        const ports = { DATABASE_URL: 5432, REDIS_URL: 6379, NATS_URL: 4222, JWT_JWKS_URL: 443 };
        const needed = Object.entries(ports).filter(([variable]) => Object.hasOwn(spec.shape, variable)).map(([, number]) => number);
        const policy = z.object({ spec: z.object({
          podSelector: z.unknown(), policyTypes: z.array(z.string()),
          ingress: z.array(z.object({ ports: z.array(z.object({ port: z.int() })) })),
          egress: z.array(z.object({ ports: z.array(z.object({ port: z.int() })) })),
        }) }).parse(find('NetworkPolicy', `inventory-${name}`)).spec;
        expect(policy.podSelector).to.deep.equal({ matchLabels: deployment.selector.matchLabels });
        expect(policy.policyTypes).to.deep.equal(['Ingress', 'Egress']);
        const [, ...servers] = policy.egress;
        expect(servers.flatMap((rule) => rule.ports.map((each) => each.port))).to.deep.equal(needed);
        expect(policy.ingress.flatMap((rule) => rule.ports.map((each) => each.port)).toSorted())
          .to.deep.equal(container.ports.map(({ containerPort }) => containerPort).toSorted());
      });
    });
  }

  it('scales the api by CPU, memory and requests per second', () => {
    const { spec } = z.object({ spec: z.looseObject({ metrics: z.array(z.unknown()) }) }).parse(find('HorizontalPodAutoscaler', 'inventory-api'));
    expect(spec).to.deep.include({
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'inventory-api' }, minReplicas: 2, maxReplicas: 10,
    });
    expect(spec.metrics.slice(0, 2)).to.deep.equal([
      { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } } },
      { type: 'Resource', resource: { name: 'memory', target: { type: 'Utilization', averageUtilization: 80 } } },
    ]);
    const adapter = readFileSync(join(ROOT, 'deploy/k8s/prometheus-adapter.yaml'), 'utf8');
    expect(JSON.stringify(spec.metrics[2])).to.contain('"http_requests_per_second"');
    expect(adapter).to.contain('as: http_requests_per_second').and.to.contain('http_request_duration_seconds_count');
  });

  it('migrates with what Compose migrates with, and serves the port of the api', () => {
    const job = JSON.stringify(find('Job', 'inventory-migrate'));
    expect(job).to.contain(JSON.stringify(compose.services['migrate']?.command)).and.to.contain('"name":"inventory-owner","key":"database-url"');
    const { container } = deploymentOf('api');
    expect(JSON.stringify(find('Service', 'inventory-api'))).to.contain('"targetPort":"http"');
    const http = container.ports.find((each) => each.name === 'http');
    expect(readFileSync(join(ROOT, '.env.example'), 'utf8')).to.contain(`\n# PORT=${http?.containerPort}\n`);
  });
});
