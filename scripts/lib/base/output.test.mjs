// @ts-check
import { Writable } from 'node:stream';
import { expect } from 'chai';
import { createOutput, duration } from './output.mjs';

describe('a duration', () => {
  it('is short to read', () => {
    expect([40, 1234, 12_345, 125_000].map(duration)).to.deep.equal(['0.0 s', '1.2 s', '12 s', '2 min 5 s']);
  });
});

describe('a step in a terminal', () => {
  it('leaves a line of its own to what is said meanwhile', async () => {
    let text = '';
    const written = new Writable({ write(chunk, _encoding, done) { text += chunk; done(); } });
    const stream = Object.assign(Object.create(process.stdout), { isTTY: true, columns: 80, write: written.write.bind(written) });
    const output = createOutput(stream);
    await output.step('Starting', async () => { output.say('Port 3000 is taken.'); });
    output.say('Done.');
    // What a terminal shows: a carriage return and "erase to the end of the line" take back what stood there.
    const shown = text.split('\n').map((line) => (line.split('\r').at(-1) ?? '').replaceAll(/\p{Cc}\[[0-9;]*[A-Za-z]/gu, ''));
    expect(shown).to.deep.equal(['Port 3000 is taken.', '✓ Starting 0.0 s', 'Done.', '']);
  });

  it('stays on one line, whatever its label and the width of the terminal', async () => {
    let text = '';
    const written = new Writable({ write(chunk, _encoding, done) { text += chunk; done(); } });
    const stream = Object.assign(Object.create(process.stdout), { isTTY: true, columns: 40, write: written.write.bind(written) });
    const label = 'Fetching Node 24.21.0 and pnpm 11.28.11 from npm into .dev/tools (once, about 60 MB)';
    await createOutput(stream).step(label, () => new Promise((resolve) => setTimeout(resolve, 250)));
    const drawn = text.split(/\r|\n/).map((line) => line.replaceAll(/\p{Cc}\[[0-9;]*[A-Za-z]/gu, '')).filter((line) => line !== '');
    expect(drawn.length).to.be.above(2);
    expect(drawn.filter((line) => line.length >= 40 && !line.startsWith('✓'))).to.deep.equal([]);
    expect(text.split('\n')).to.have.lengthOf(2);
  });
});
