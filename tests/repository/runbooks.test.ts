import { expect } from 'chai';
import { commandsOf, shows, signsOf } from './runbooks.ts';

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
});
