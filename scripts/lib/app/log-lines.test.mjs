// @ts-check
import { expect } from 'chai';
import { humanLine } from './log-lines.mjs';

describe('a log line for people', () => {
  const paint = { dim: String, red: String, yellow: String };

  it('shows time, message and fields', () => {
    const identity = { process: 'api', instance: 'x' };
    const line = { time: '2026-01-02T03:04:05.678Z', level: 'info', message: 'ready', ...identity, port: 3000 };
    expect(humanLine(JSON.stringify(line), paint)).to.equal('03:04:05.678 ready port=3000');
  });

  it('names the level when it matters', () => {
    expect(humanLine('{"level":"error","message":"lost"}', paint)).to.contain('error: lost');
  });

  it('leaves alone what is no log line', () => {
    for (const line of ['plain', '42', 'null', '{"a":1}', '{"cut']) expect(humanLine(line, paint)).to.equal(line);
  });
});
