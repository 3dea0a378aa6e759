import { expect } from 'chai';
import { createSilenceWatch } from './silence.ts';

describe('the silence watch', () => {
  let nowMs = 0;
  beforeEach(() => { nowMs = 0; });
  const watch = () => createSilenceWatch(() => nowMs);
  const holder = (silentMs: number, sign = 'a', pid = 1) => ({ pid, sign, silentMs });

  it('calls a holder silent after 5 s without a sign, seen twice', () => {
    const { look } = watch();
    expect(look(holder(4000)).silent).to.equal(false);
    nowMs = 1000;
    expect(look(holder(5000)).silent).to.equal(true);
  });

  it('never judges by one look: after a frozen database every leader looks silent', () => {
    const { look } = watch();
    expect(look(holder(500)).silent).to.equal(false);
    nowMs = 30_000;
    expect(look(holder(30_000)).silent).to.equal(false);
    nowMs = 30_100;
    expect(look(holder(100, 'b')).silent).to.equal(false);
  });

  it('starts anew when another backend holds the lock, or it gave a sign', () => {
    const { look } = watch();
    look(holder(6000));
    nowMs = 1000;
    expect(look(holder(6000, 'a', 2)).silent).to.equal(false);
    nowMs = 2000;
    expect(look(holder(6000, 'b', 2)).silent).to.equal(false);
    expect(look(undefined).silent).to.equal(false);
  });

  it('says when to look again, so that the silence is noticed as it reaches 5 s', () => {
    const { look } = watch();
    expect(look(holder(4700)).nextLookMs).to.be.within(300, 320);
    expect(look(holder(9000)).nextLookMs).to.equal(50);
  });
});
