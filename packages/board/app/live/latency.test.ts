import { expect } from 'chai';
import { createLatencies } from './latency.ts';

describe('the way from a commit to the screen', () => {
  it('is told by the changes of the last minute alone', () => {
    const latencies = createLatencies();
    expect(latencies.lastMinute(0)).to.equal(undefined);
    for (let ms = 1; ms <= 100; ms += 1) latencies.add(1000, ms);
    expect(latencies.lastMinute(1000)).to.deep.equal({ p50: 51, p99: 100 });
    latencies.add(50_000, -3);
    expect(latencies.lastMinute(62_000), 'the clocks agree to some milliseconds only').to.deep.equal({ p50: 0, p99: 0 });
    expect(latencies.lastMinute(200_000)).to.equal(undefined);
  });
});
