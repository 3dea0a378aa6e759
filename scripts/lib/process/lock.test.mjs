// @ts-check
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { liveHolder, tryLock } from './lock.mjs';
import { identify } from './identity.mjs';

describe('a lock', () => {
  const folder = mkdtempSync(join(tmpdir(), 'inventory-lock-'));
  const file = join(folder, 'start.lock');
  after(() => rmSync(folder, { recursive: true }));

  it('has one holder, whose name the second one learns', () => {
    const first = tryLock(file);
    if (!('release' in first)) throw new Error('not taken');
    const second = tryLock(file);
    expect('owner' in second && second.owner.pid).to.equal(process.pid);
    first.release();
    expect(existsSync(file)).to.equal(false);
  });

  it('of a process that has ended is taken over, with what it had started', () => {
    const gone = { ...identify(), since: 'another time' };
    writeFileSync(file, JSON.stringify({ owner: gone, children: [identify(1)] }));
    expect(liveHolder(file)).to.equal(undefined);
    const lock = tryLock(file);
    if (!('release' in lock)) throw new Error('not taken over');
    expect(lock.predecessor?.children).to.deep.equal([identify(1)]);
    lock.record([process.pid]);
    expect(liveHolder(file)?.children[0]?.pid).to.equal(process.pid);
    lock.release();
    lock.record([process.pid]);
    expect(existsSync(file)).to.equal(false);
  });

  it('that is damaged is taken over too', () => {
    writeFileSync(file, '{"own');
    const lock = tryLock(file);
    expect('release' in lock).to.equal(true);
    if ('release' in lock) lock.release();
  });
});
