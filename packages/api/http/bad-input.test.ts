import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';

const API = join(import.meta.dirname, '..');
/** Sections: HTTP 1–28, bodies 29–46, fields 47–64, query and headers 65–80, state 81–87, who asks 88–96. */
const ROWS = 96;

/** The numbers in a title like `rows 6, 7 and 19 to 22:`. */
function rowsIn(text: string): readonly number[] {
  return [...text.matchAll(/\brows? (\d+(?:(?:, | to | and )\d+)*)/g)].flatMap(([, list = '']) =>
    list.split(/, | and /).flatMap((range) => {
      const [first = 0, last = first] = range.split(' to ').map(Number);
      return Array.from({ length: last - first + 1 }, (_, n) => first + n);
    }));
}

describe('the list of bad input', () => {
  it('has a test for each of its rows, whose title says `row N`', () => {
    const files = globSync('**/*.test.ts', { cwd: API, exclude: (name) => name === 'node_modules' });
    const tested = new Set(files.flatMap((path) => rowsIn(readFileSync(join(API, path), 'utf8'))));
    const missing = Array.from({ length: ROWS }, (_, n) => n + 1).filter((row) => !tested.has(row));
    expect(missing).to.deep.equal([]);
  });
});
