/**
 * What a text cites is in the repository: the paths that it names, the numbers of traps, bad input and invariants, and no
 * document that readers of the repository do not have.
 */
import { expect } from 'chai';
import { expectNone, grep } from './findings.ts';
import { exists, readRepository } from './sources.ts';

/** In halves, or this file would be a finding. */
const STRANGERS = [
  ['DES', 'IGN'], ['TR', 'APS'], ['BAD', '-INPUT'], ['FAU', 'LTS'], ['HT', 'TP\\.md'], ['PERFOR', 'MANCE'], ['FEA', 'TURES'],
].map((halves) => `\\b${halves.join('')}\\b`).join('|');
/** A paragraph of a document elsewhere; RFCs are public. */
const PARAGRAPH = new RegExp(`(?<!RFC \\d{4} )${String.fromCodePoint(0xa7)}`);
const PATH = /(?<![\w./@-])((?:packages|docs|scripts|db|tests|bench|deploy)\/[\w./-]+\.(?:ts|mjs|md|sql|json|yml|yaml|conf))(?![\w/])/g;

const files = readRepository().filter(({ path }) => path !== 'pnpm-lock.yaml' && path !== 'packages/client/generated/openapi.ts');
const textOf = (path: string): string => files.find((file) => file.path === path)?.text ?? '';

/** The numbers that head the rows of a document: `| 12 |`. */
const rowsOf = (path: string): ReadonlySet<string> =>
  new Set([...textOf(path).matchAll(/^\| (I?\d+) \|/gm)].map(([, number = '']) => number));

describe('a citation', () => {
  it('names no document that is not in the repository', () => {
    expectNone([...grep(files, new RegExp(STRANGERS)), ...grep(files, PARAGRAPH)]);
  });

  it('of a path names a file that is there', () => {
    const named = files.flatMap(({ path, text }) => [...text.matchAll(PATH)].map(([, target = '']) => ({ path, target })));
    expect(named.length).to.be.above(100);
    expectNone(named.filter(({ target }) => !exists(target)).map(({ path, target }) => `${path} names ${target}`), {
      'scripts/lib/app/watch-sources.test.mjs': 'it asks about files that an editor leaves, too',
    });
  });

  it('of a file\'s bare name, in a document, names a file that is somewhere', () => {
    const names = new Set(files.map(({ path }) => path.split('/').at(-1)));
    const named = files.filter(({ path }) => path.endsWith('.md')).flatMap(({ path, text }) =>
      [...text.matchAll(/`([\w-]+(?:\.[\w-]+)*\.(?:ts|mjs|sql))`/g)].map(([, name = '']) => ({ path, name })));
    expect(named.length).to.be.above(3);
    // `x.test.ts` stands for any of them.
    expectNone(named.filter(({ name }) => !names.has(name) && !name.startsWith('x.')).map(({ path, name }) => `${path} names ${name}`));
  });

  for (const document of ['traps', 'bad-input', 'invariants']) {
    it(`of a number of docs/${document}.md names a row that it has`, () => {
      const rows = rowsOf(`docs/${document}.md`);
      const cited = files.flatMap(({ path, text }) =>
        [...text.matchAll(new RegExp(`docs/${document}\\.md,? ((?:I?\\d+(?:, | to | and |$)?)+)`, 'gm'))]
          .flatMap(([, numbers = '']) => [...numbers.matchAll(/I?\d+/g)].map(([number]) => ({ path, number }))));
      expectNone(cited.filter(({ number }) => !rows.has(number)).map(({ path, number }) => `${path} cites ${document} ${number}`));
    });
  }
});
