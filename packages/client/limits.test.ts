/** What the package promises of itself: small, without dependencies, for Node 20 and browsers, at the API's version. */
import { expect } from 'chai';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import ts from 'typescript';

const MOST_LINES = 650;
const MOST_GZIP_BYTES = 12_000;

const textOf = (path: string): string => readFileSync(join(import.meta.dirname, path), 'utf8');
const own = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'));
const shipped = [...own, 'generated/openapi.ts', 'generated/operations.ts'];
const manifest: Readonly<Record<string, unknown>> = JSON.parse(textOf('package.json'));

describe('@inventory/client', () => {
  it(`has at most ${MOST_LINES} lines of code beside what is generated`, () => {
    expect(own).to.include('client.ts');
    const lines = own.flatMap((name) => textOf(name).split('\n')).filter((line) => !/^\s*($|\/\/|\/?\*)/.test(line));
    expect(lines.length).to.be.within(100, MOST_LINES);
  });

  it(`is at most ${MOST_GZIP_BYTES} bytes of JavaScript, comments and all, once it is compressed`, () => {
    const script = shipped.map((name) => ts.transpile(textOf(name), { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext })).join('');
    expect(gzipSync(script, { level: 9 }).length).to.be.within(1000, MOST_GZIP_BYTES);
  });

  it('imports its own files alone, and depends on nothing', () => {
    const imports = shipped.flatMap((name) => ts.preProcessFile(textOf(name)).importedFiles.map(({ fileName }) => fileName));
    expect(imports.filter((specifier) => !specifier.startsWith('./'))).to.deep.equal([]);
    expect(Object.keys(manifest)).not.to.include.members(['dependencies', 'peerDependencies', 'optionalDependencies']);
  });

  it('knows no types but those of ES2022 and of what every platform with fetch has', function () {
    this.timeout(60_000);
    const { config } = ts.readConfigFile(join(import.meta.dirname, 'tsconfig.json'), (path) => readFileSync(path, 'utf8'));
    const { options, fileNames } = ts.parseJsonConfigFileContent({ ...config, compilerOptions: { ...config.compilerOptions, noEmit: true } }, ts.sys, import.meta.dirname);
    expect([options.types, options.lib]).to.deep.equal([[], ['lib.es2022.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts']]);
    const found = ts.getPreEmitDiagnostics(ts.createProgram(fileNames, options));
    expect(found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))).to.deep.equal([]);
  });

  it('has the version of the API', () => {
    const document: { readonly info: { readonly version: string } } = JSON.parse(textOf('../../docs/openapi.json'));
    expect(manifest['version']).to.equal(document.info.version);
  });
});
