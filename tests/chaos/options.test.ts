import { expect } from 'chai';
import { kinds } from './plan/kinds.ts';
import { HELP, readOptions, UsageError } from './options.ts';

const read = (...args: readonly string[]) => readOptions(args, () => 4711);

describe('the command line of chaos', () => {
  it('asks for a minute of everything by itself, with a seed that is drawn', () => {
    expect(read()).to.deep.equal({
      seed: 4711, durationMs: 60_000, kinds: kinds.map(({ name }) => name), each: 0, planOnly: false, json: false,
      keep: false, help: false, takenOut: undefined, table: [],
    });
  });

  it('takes what it is told', () => {
    expect(read('--seed', '0', '--minutes', '10', '--plan', '--json', '--keep', '--take-out', 'chain')).to.deep.include({
      seed: 0, durationMs: 600_000, planOnly: true, json: true, keep: true, takenOut: 'chain',
    });
    expect(read('--each', '2', '--table', 'a.json,b.json')).to.deep.include({ each: 2, table: ['a.json', 'b.json'] });
    expect(read('--seconds', '1.5').durationMs).to.equal(1_500);
    expect(read('--faults', 'kill-api, link-cut', '--faults', 'promote', '--without', 'promote').kinds).to.deep.equal(['kill-api', 'link-cut']);
  });

  const wrong: readonly (readonly string[])[] = [
    ['--seed', '-1'], ['--seed', '4294967296'], ['--seed', '0x10'], ['--each', '1.5'], ['--without', 'broken'], ['--minutes', '0'], ['--seconds', 'soon'], ['--minutes', '1', '--seconds', '1'],
    ['--faults', 'no-such'], ['--without', 'no-such'], ['--faults', 'promote', '--without', 'promote'], ['--take-out', 'no-such'], ['--no-such'], ['word'],
  ];
  for (const args of wrong) {
    it(`refuses ${args.join(' ')}`, () => { expect(() => read(...args)).to.throw(UsageError); });
  }

  it('explains every option and every kind', () => {
    for (const { name, about } of kinds) expect(HELP).to.include(name).and.to.include(about);
    for (const option of ['seed', 'minutes', 'seconds', 'each', 'faults', 'without', 'plan', 'json', 'keep', 'take-out', 'table', 'help']) expect(HELP).to.include(`--${option}`);
  });
});
