import { expect } from 'chai';
import { benchmarksTable, number, provenance, textTable } from './results.ts';
import { figureRow } from '../testing/figures.ts';

describe('the results of a bench', () => {
  it('read as figures with three digits', () => {
    expect([1234.5, 99.96, 0.01234, 2, 1e6].map(number)).to.deep.equal(['1 235', '100', '0.0123', '2', '1 000 000']);
  });

  it('stand beside those of an earlier run', () => {
    const table = textTable([figureRow({ id: 'R1', value: 200 })], new Map([['R1', figureRow({ id: 'R1', value: 100 })]]));
    expect(table).to.match(/^Id .*Before$/m).and.match(/^R1 .*200 \/s .*100 \/s$/m);
  });

  it('name the rows that failed below the table', () => {
    const table = benchmarksTable({
      machine: '2 × CPU', versions: {}, date: '2026-01-02', quick: false, facts: {}, rows: [figureRow({ id: 'R1', value: 2 })],
      failed: [{ id: 'W1', error: 'broken invariants:\n  I2 …' }],
    });
    expect(table).to.contain('| R1 | a test | 2 /s |').and.contain('- W1 was not measured: broken invariants:\n');
  });

  it('say when they were only looked at', () => {
    const results = {
      machine: '2 × CPU', versions: { node: '24' }, date: '2026-01-02T03:04:05Z', rows: [], failed: [], facts: {},
    };
    expect(provenance({ ...results, quick: false })).to.equal('2 × CPU; node 24; 2026-01-02.');
    expect(provenance({ ...results, quick: true })).to.contain('Provisional');
  });
});
