import { expect } from 'chai';
import { homesOf, readProfile } from './cpu-profile.ts';
import type { Frame } from './cpu-profile.ts';
import { flameGraph } from './flame.ts';

const frame = (functionName: string, url = '', lineNumber = -1) => ({ functionName, url, lineNumber });

/** main calls work twice, once each as V8 compiled it; work calls a library; the process waits in between. */
const text = JSON.stringify({
  nodes: [
    { id: 1, callFrame: frame('(root)'), children: [2, 3, 7] },
    { id: 2, callFrame: frame('(idle)') },
    { id: 3, callFrame: frame('main', 'file:///home/packages/api/main.ts', 4), children: [4, 5] },
    { id: 4, callFrame: frame('work', 'file:///home/packages/api/commit/decide.ts', 9), children: [6] },
    { id: 5, callFrame: frame('work', 'file:///home/packages/api/commit/decide.ts', 9) },
    { id: 6, callFrame: frame('parse', 'file:///home/node_modules/.pnpm/zod@4/node_modules/zod/v4/core.js', 1) },
    { id: 7, callFrame: frame('(garbage collector)') },
  ],
  startTime: 1_000, endTime: 1_700,
  samples: [4, 6, 2, 5, 7, 3, 4],
  timeDeltas: [0, 100, 100, 100, 100, 100, 200],
});
const read = (window = { from: 0, to: 10_000 }): Frame => readProfile(text, window, '/home');

describe('a profile of V8', () => {
  it('is one tree: a function once, dearest first, with its place, without the time in which nothing ran', () => {
    const tree = read();
    // The last sample has no next one that would end it.
    expect(tree.total).to.equal(600);
    expect(tree.children.map(({ name, total }) => [name, total])).to.deep.equal([['main', 500], ['(garbage collector)', 100]]);
    const [main] = tree.children;
    expect(main).to.include({ place: 'packages/api/main.ts:5', self: 200 });
    expect(main?.children.map(({ place, self, total }) => [place, self, total])).to.deep.equal([['packages/api/commit/decide.ts:10', 200, 300]]);
    expect(main?.children[0]?.children).to.deep.equal([{ name: 'parse', place: 'zod', self: 100, total: 100, children: [] }]);
  });

  it('has nothing of what ran before and behind the window', () => {
    expect(read({ from: 1_050, to: 1_350 }).total).to.equal(200);
    expect(read({ from: 5_000, to: 6_000 })).to.deep.equal({ name: '(root)', place: '', self: 0, total: 0, children: [] });
  });

  it('tells where the time went, by folder of ours, package and V8', () => {
    expect([...homesOf(read())]).to.deep.equal([
      ['packages/api', 200], ['packages/api/commit', 200], ['zod', 100], ['garbage collection', 100],
    ]);
  });

  it('refuses what is no profile', () => {
    expect(() => readProfile('{}', { from: 0, to: 1 }, '/home')).to.throw(/nodes/);
  });
});

describe('a flame graph', () => {
  it('has a box for each function, as wide as its share, with its time for one answer', () => {
    const svg = flameGraph(read(), { title: 'api: <W1>', per: 10 });
    expect(svg).to.contain('api: &#60;W1&#62;').and.not.contain('<script');
    expect(svg.match(/<rect x=/g)).to.have.length(5);
    expect(svg).to.contain('main (packages/api/main.ts:5): 83.3 %, 50.0 µs each, 20.0 µs in itself');
    expect(svg).to.contain('<rect x="0.0" y="57" width="1332.9"');
  });

  it('of nothing is an empty picture', () => {
    expect(flameGraph(read({ from: 5_000, to: 6_000 }), { title: 'relay', per: 1 })).to.match(/^<svg .*relay/s).and.not.contain('<g>');
  });
});
