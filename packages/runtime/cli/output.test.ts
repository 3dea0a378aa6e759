import { expect } from 'chai';
import { jsonLine } from '../log-fields.ts';
import { factLines, printable, table } from './output.ts';

describe('what a command writes to a terminal', () => {
  it('shows what would control the terminal, and leaves all other text as it is', () => {
    expect(printable('a\r\nb\u001b[31mc\u009bd\u202ee\u2028f\u0000')).to.equal(
      'a\\u{d}\\u{a}b\\u{1b}[31mc\\u{9b}d\\u{202e}e\\u{2028}f\\u{0}');
    expect(printable('Añil 2 × 𝕏 €')).to.equal('Añil 2 × 𝕏 €');
  });

  it('is a table with columns as wide as their longest cell, and numbers to the right', () => {
    expect(table(['NAME', 'N'], [['a', '1'], ['long name', '1000'], ['b\n', 'x']])).to.equal(
      ['NAME       N', 'a             1', 'long name  1000', 'b\\u{a}     x'].join('\n'));
    expect(table(['NAME'], [])).to.equal('NAME');
  });

  it('is JSON that a terminal takes for text, and a program reads as it was', () => {
    const value = { text: 'a\r\n\u001b[31m\u009b2J\u007f\u202e\u2066\u200f', name: 'Añil 2 × 𝕏 €' };
    const line = jsonLine(value);
    expect(line).to.equal(String.raw`{"text":"a\r\n\u001b[31m\u009b2J\u007f\u202e\u2066\u200f","name":"Añil 2 × 𝕏 €"}`);
    expect(JSON.parse(line)).to.deep.equal(value);
  });

  it('is one line for each fact', () => {
    expect(factLines([['State', 'well\u0007'], ['Begun', 'today']])).to.equal('State      well\\u{7}\nBegun      today');
  });
});
