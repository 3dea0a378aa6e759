import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';

const DOCS = join(import.meta.dirname, '..', '..', '..', 'docs');

/** The numbers in a title like `rows 6, 7 and 19 to 22:`. */
function rowsIn(text: string): readonly number[] {
  return [...text.matchAll(/\brows? (\d+(?:(?:, | to | and )\d+)*)/g)].flatMap(([, list = '']) =>
    list.split(/, | and /).flatMap((range) => {
      const [first = 0, last = first] = range.split(' to ').map(Number);
      return Array.from({ length: last - first + 1 }, (_, n) => first + n);
    }));
}

describe('docs/bad-input.md', () => {
  const rows = [...readFileSync(join(DOCS, 'bad-input.md'), 'utf8').matchAll(/^\| (\d+) \|.*\| ([^|]+) \|$/gm)]
    .map(([, row, tests = '']) => ({ row: Number(row), tests: [...tests.matchAll(/\]\(([^)]+)\)/g)].map(([, path = '']) => path) }));

  it('numbers its rows from 1 on, without a gap: they are cited', () => {
    expect(rows.map(({ row }) => row)).to.deep.equal(rows.map((_, n) => n + 1));
    expect(rows.length).to.be.at.least(97);
  });

  it('has a test for each row, in the files that it names, whose title says `row N`', () => {
    const tested = new Map<string, readonly number[]>();
    const rowsOf = (path: string): readonly number[] => {
      const known = tested.get(path) ?? rowsIn(readFileSync(join(DOCS, path), 'utf8'));
      tested.set(path, known);
      return known;
    };
    const missing = rows.filter(({ row, tests }) => tests.length === 0 || !tests.every((path) => rowsOf(path).includes(row)));
    expect(missing).to.deep.equal([]);
  });
});
