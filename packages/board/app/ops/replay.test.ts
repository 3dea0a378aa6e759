import { expect } from 'chai';
import type { Plan, Replay } from './replay.ts';
import { planInput, replayCommand, requestOf, sameAs } from './replay.ts';

const plan: Plan = {
  from_position: 7, to_position: 90, epoch: 1, total: 12, first_at: null, last_at: null, lines: [], more_lines: 0, estimated_seconds: 1, max_bytes: 67_108_864,
};
const typed = { from: ' 2h ', to: '', types: 'stock.*, reservation.created', stores: 'MAD-001 BCN-001' };

describe('a replay as it is asked for', () => {
  it('is planned as it is typed, and made by the positions and the count of its plan', () => {
    expect(planInput(typed)).to.deep.equal({ from: '2h', types: 'stock.*,reservation.created', stores: 'MAD-001,BCN-001' });
    expect(planInput({ from: '2h', to: '1h', types: '', stores: ' ' })).to.deep.equal({ from: '2h', to: '1h' });
    expect(requestOf(typed, plan)).to.deep.equal({
      from: 'position:7', to: 'position:90', expected_total: 12, types: ['stock.*', 'reservation.created'], stores: ['MAD-001', 'BCN-001'],
    });
  });

  it('is the same by a command', () => {
    expect(replayCommand(typed, undefined)).to.equal('npm run relay -- replay --from 2h --type \'stock.*\' reservation.created --store MAD-001 BCN-001');
    expect(replayCommand({ ...typed, types: '', stores: '' }, plan)).to.equal('npm run relay -- replay --from position:7 --to position:90 --max-bytes 67108864');
  });

  it('is told from others by its digest', () => {
    const replay = (id: string, digest: string | null): Replay => ({
      id, digest, state: 'done', published: 1, total: 1, from_position: 1, to_position: 1, epoch: 1, specification: {}, created_at: '', updated_at: '',
      requested_by: null, note: null, detail: null, decisions: [],
    });
    const all = [replay('a', 'x'), replay('b', 'y'), replay('c', 'x'), replay('d', null), replay('e', null)];
    expect(all.map((each) => sameAs(each, all))).to.deep.equal(['c', undefined, 'a', undefined, undefined]);
  });
});
