// @ts-check
import { expect } from 'chai';
import { jsonLine } from '../../../packages/runtime/json-line.ts';
import { printable } from '../../../packages/runtime/cli/output.ts';
import { visible, visibleLines } from './visible.mjs';

describe('text of others on a terminal', () => {
  it('is shown the same by the scripts, by the commands and in logs: each escapes what the others do', () => {
    const every = Array.from({ length: 0x3000 }, (_, code) => String.fromCharCode(code));
    const escaped = every.filter((char) => visible(char) !== char);
    expect(escaped.filter((char) => printable(char) !== visible(char))).to.deep.equal([]);
    expect(escaped.filter((char) => jsonLine({ char }).includes(char))).to.deep.equal([]);
    expect(escaped).to.include.members(['\u0000', '\t', '\n', '\u001b', '\u007f', '\u009b', '\u200e', '\u202e', '\u2066', '\u2029']);
    expect(escaped).to.have.lengthOf(32 + 33 + 1 + 2 + 7 + 4);
  });

  it('keeps the lines of a text of several, whatever they end with', () => {
    expect(visibleLines('a\r\nb\u009b\nc')).to.equal('a\nb\\u{9b}\nc');
  });
});
