// @ts-check
import { expect } from 'chai';
import { humanLine } from './log-lines.mjs';
import { isWorthShowing } from './worth-showing.mjs';

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

  it('controls no terminal: neither by a field, nor by a message, nor by a line that is none of ours', () => {
    const hostile = 'a\r\nb\u001b[31mc\u009bd\u202ee\u2066f\u200fg\u007f';
    const shown = 'a\\u{d}\\u{a}b\\u{1b}[31mc\\u{9b}d\\u{202e}e\\u{2066}f\\u{200f}g\\u{7f}';
    const line = JSON.stringify({ time: `2026-01-02T${hostile}`, level: 'warn', message: hostile, field: hostile, [`k${hostile}`]: [hostile] });
    expect(humanLine(line, paint)).to.contain(`warn: ${shown}`).and.contain(`field=${shown}`).and.not.match(/[\p{Cc}\u200f\u202e\u2066]/u);
    expect(humanLine(hostile, paint)).to.equal(shown);
    expect(humanLine('Añil 2 × 𝕏 €', paint)).to.equal('Añil 2 × 𝕏 €');
  });

  it('is kept from a terminal, unless it is a warning or an error, or no log line', () => {
    const lines = ['{"level":"info","message":"GET /"}', '{"level":"debug"}', '{"level":"warn"}', '{"level":"error"}', 'Segmentation fault', '{"x":1}'];
    expect(lines.filter(isWorthShowing)).to.deep.equal(lines.slice(2));
  });

  it('leaves alone what is no log line', () => {
    for (const line of ['plain', '42', 'null', '{"a":1}', '{"cut']) expect(humanLine(line, paint)).to.equal(line);
  });
});
