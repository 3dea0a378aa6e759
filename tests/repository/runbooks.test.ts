import { expect } from 'chai';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { render } from './kustomize.ts';
import { exists } from './sources.ts';
import { commandsOf, shows, signsOf } from './runbooks.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const pages = readdirSync(join(ROOT, 'docs/runbooks')).map((name) => ({ name, text: readFileSync(join(ROOT, 'docs/runbooks', name), 'utf8') }));

/** The command of a deployment's container. */
function commandOf(deployment: object): readonly string[] {
  const { spec } = z.object({ spec: z.object({ template: z.object({ spec: z.object({
    containers: z.tuple([z.object({ command: z.array(z.string()) })]),
  }) }) }) }).parse(deployment);
  return spec.template.spec.containers[0].command;
}

/** The package of a program: a pod has the commands of its own beside its process. */
const folderOf = (program = ''): string => program.split('/', 2).join('/');

describe('a runbook', () => {
  it('is read as it is typed: the commands of one step, and no others', () => {
    expect(commandsOf('docs/runbooks/NobodyPublishes.md', 'INVENTORY is gone')).to.deep.equal(['npm run relay -- reconcile --repair']);
    expect(commandsOf('docs/runbooks/ViewNotSealed.md', '1. ')).to.deep.equal(['npm run projector -- status']);
    expect(() => commandsOf('docs/runbooks/NobodyPublishes.md', 'No relay runs')).to.throw('nothing to type');
    const [request] = commandsOf('run.md', 'In containers').filter((line) => line.startsWith('openssl'));
    expect(request, 'a line that goes on').to.match(/-days 30[^]*\\\n[^]*tls\.crt$/);
  });

  it('says by what one knows that it is over', () => {
    const signs = signsOf('docs/runbooks/ViewDiverges.md');
    expect(signs.map((sign) => (sign.kind === 'command' ? sign.command : sign.text))).to.deep.equal([
      'npm run projector -- verify --deep', '`projection_divergence_keys` is 0']);
    const [sealed] = signsOf('docs/runbooks/ViewNotSealed.md');
    const age = (seconds: number): string => `# TYPE projector_seal_age_seconds gauge\nprojector_seal_age_seconds{process="projector"} ${seconds}\n`;
    if (sealed?.kind !== 'metric') throw new Error('it is a metric');
    expect([shows(age(0.1), sealed), shows(age(7), sealed), shows(age(7) + age(0.2), sealed), shows('', sealed)])
      .to.deep.equal([true, false, true, false]);
  });

  it('has each command as it is typed in a clone, in Compose and in Kubernetes', () => {
    const missing: string[] = [];
    let found = 0;
    for (const { name, text } of pages) {
      for (const [, block = '', behind = ''] of text.matchAll(/^ *(?:\d+\. )?```console\n((?:(?! *```).*\n)*) *```\n((?:.*\n){0,12})/gm)) {
        for (const [, program = '', rest = ''] of block.matchAll(/^ *\$ npm run (relay|projector) -- (.*)$/gm)) {
          found += 1;
          const forms = [
            `docker compose run --rm -T ${program} ${rest}`,
            `kubectl -n inventory exec deploy/inventory-${program} -- node packages/${program}/main.ts ${rest}`,
          ];
          const [, beside = ''] = behind.split('```');
          missing.push(...forms.filter((line) => !beside.includes(` ${line}\n`)).map((line) => `${name}: ${line}`));
        }
      }
    }
    expect(missing).to.deep.equal([]);
    expect(found, 'commands').to.be.above(12);
  });

  it('names for Compose and Kubernetes what is deployed there', () => {
    const objects = render(join(ROOT, 'deploy/k8s/overlays/production'));
    const deployments = new Map(objects.filter(({ kind }) => kind === 'Deployment').map((object) => [
      object.metadata.name, { namespace: object.metadata.namespace, command: commandOf(object) }]));
    const { services } = z.looseObject({ services: z.record(z.string(), z.looseObject({ entrypoint: z.array(z.string()).optional() })) })
      .parse(parse(readFileSync(join(ROOT, 'docker-compose.yml'), 'utf8'), { merge: true }));
    const wrong: string[] = [];
    let kubectl = 0;
    for (const { name, text } of pages) {
      for (const [line = '', namespace = '', deployment = '', program] of text.matchAll(/kubectl -n (\S+) (?:exec|logs|rollout restart) (?:deploy|deployment)\/([\w-]+)(?: -- node (\S+))?/g)) {
        kubectl += 1;
        const there = deployments.get(deployment);
        if (there?.namespace !== namespace) wrong.push(`${name}: ${line}: no such deployment`);
        if (program !== undefined && (folderOf(there?.command[1]) !== folderOf(program) || !exists(program))) wrong.push(`${name}: ${line}: another program`);
      }
      for (const [line = '', verb = '', service = ''] of text.matchAll(/docker compose (run --rm -T|exec|restart|logs --tail 100) ([\w-]+)/g)) {
        const there = services[service];
        if (there === undefined) wrong.push(`${name}: ${line}: no such service`);
        if (verb.startsWith('run') && there?.entrypoint === undefined) wrong.push(`${name}: ${line}: takes no arguments`);
      }
    }
    expect(wrong).to.deep.equal([]);
    expect(kubectl).to.be.above(12);
  });
});
