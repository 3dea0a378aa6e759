import { expect } from 'chai';
import { connectionsWithin } from './open-files.ts';

describe('connections of clients, within the limit of open files', () => {
  const of = (limit: number | undefined, configured = 8000): number => connectionsWithin({ limit, configured, database: 26 });

  it('are as many as configured where the limit allows it', () => {
    for (const limit of [undefined, 1_048_576, 8126]) expect(of(limit), String(limit)).to.equal(8000);
    expect(of(1024, 50)).to.equal(50);
  });

  it('are fewer where it does not, so that all else can still be opened', () => {
    expect([of(8125), of(1024), of(127)]).to.deep.equal([7999, 898, 1]);
  });

  it('are refused where none is left', () => {
    expect(() => of(126)).to.throw('limit of open files (ulimit -n) is 126: the api needs 126');
    expect(() => of(0)).to.throw('ulimit -n');
  });
});
