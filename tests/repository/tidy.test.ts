/**
 * The house rules as a test: what types and the linter do not see. An exception stands here with its reason, and one
 * that is no longer needed fails too. Rooms and arrows are in rooms.test.ts, citations in citations.test.ts.
 */
import { expect } from 'chai';
import { posix } from 'node:path';
import ts from 'typescript';
import { errorCodes } from '@inventory/domain/errors.ts';
import { expectNone, find, grep } from './findings.ts';
import type { CodeFile } from './sources.ts';
import { exists, parseCode, readRepository } from './sources.ts';

const OURS = /^@inventory\/([^/]+)\//;

/** What each part may import of ours. Tests may also import the testkit and the client. */
const LAYERS: Readonly<Record<string, readonly string[]>> = {
  'packages/domain': [],
  db: ['domain'],
  'packages/runtime': [],
  'packages/view': ['domain', 'runtime'],
  'packages/tail': ['db', 'runtime'],
  'packages/api': ['board', 'domain', 'db', 'runtime', 'tail', 'view'],
  'packages/relay': ['domain', 'db', 'runtime'],
  'packages/projector': ['domain', 'db', 'runtime', 'view'],
  // Its users have nothing else of ours.
  'packages/client': [],
  'packages/board': ['client'],
  'packages/testkit': ['domain', 'db', 'runtime'],
  bench: ['domain', 'db', 'runtime', 'view', 'testkit'],
  tests: ['domain', 'db', 'runtime', 'tail', 'view', 'api', 'relay', 'projector', 'testkit', 'bench'],
  // Node's builtins only: they run before anything is installed.
  scripts: [],
};

/** Where a library may be used. */
const HOMES: Readonly<Record<string, readonly string[]>> = {
  pg: ['db', 'api', 'relay', 'projector', 'testkit', 'bench', 'tests'], kysely: ['db', 'tail', 'api', 'relay', 'projector'],
  express: ['api', 'bench'], preact: ['board'], uplot: ['board'], esbuild: ['board'], oauth4webapi: ['board'], 'oidc-provider': ['tests'], helmet: ['api'], 'express-rate-limit': ['api'], jose: ['api', 'testkit'],
  nats: ['runtime', 'relay', 'projector', 'testkit', 'bench', 'tests'],
  ioredis: ['runtime', 'api', 'projector', 'testkit', 'bench', 'tests'],
};

const MAY_READ_ENVIRONMENT: Readonly<Record<string, string>> = {
  'db/testing/database.ts': 'tests get their services by the environment',
  'packages/client/example/tablet.mjs': 'it stands for a program of others',
  'packages/client/example/web-shop.mjs': 'it stands for a program of others',
};

const MAY_IMPORT_TESTING: Readonly<Record<string, string>> = {
  'db/generate.ts': 'it needs a throw-away database, as tests do',
};

const MAY_CONNECT: Readonly<Record<string, string>> = {
  'db/session/open.ts': 'it opens the session too',
  'db/session/pooler.ts': 'a second connection is there to get in the way of the first',
  'db/pool.ts': 'each connection of the pool is verified by opening its session',
};

const TWO_TABLES: Readonly<Record<string, string>> = {
  'db/migrations/0001_foundation.sql': 'nobody writes tables that are being made',
};

const LONG_FILES: Readonly<Record<string, string>> = {
  'packages/client/generated/openapi.ts': 'it is generated from the OpenAPI document',
  'db/schema.sql': 'it is generated from the migrations',
};

const files = readRepository();
const code = files.filter(({ path }) => /\.(tsx?|mjs)$/.test(path)).map(parseCode);
const production = code.filter(({ isTest }) => !isTest);
const documents = files.filter(({ path }) => path.endsWith('.md'));
const textOf = (path: string): string | undefined => files.find((file) => file.path === path)?.text;
const nameOf = (area: string | undefined): string => area?.replace('packages/', '') ?? '';

const isMember = (node: ts.Node, object: string, member?: string): boolean =>
  ts.isPropertyAccessExpression(node) && node.expression.getText() === object
  && (member === undefined || node.name.text === member);

const packageOf = (specifier: string): string =>
  specifier.split('/').slice(0, specifier.startsWith('@') ? 2 : 1).join('/');
const isLibrary = (specifier: string): boolean => !/^(node:|\.)/.test(specifier) && !OURS.test(specifier);

/** What a program finds without importing it: `import.meta.resolve('…')`, `require('…')`. */
const resolvedIn = (text: string): readonly string[] =>
  [...text.matchAll(/\b(?:resolve|require)\(['"`]([^'"`$]+)/g)].map(([, name = '']) => name.replace(/\/$/, ''));

interface Manifest { readonly dependencies: readonly string[]; readonly all: readonly string[] }
function manifestOf(path: string): Manifest {
  const { dependencies = {}, devDependencies = {} }: {
    dependencies?: Record<string, string>; devDependencies?: Record<string, string>;
  } = JSON.parse(textOf(path) ?? '{}');
  return { dependencies: Object.keys(dependencies), all: Object.keys({ ...dependencies, ...devDependencies }) };
}

describe('the house is tidy', () => {
  it('was read: the rules below speak of something', () => {
    expect(production.length).to.be.above(50);
    expect(documents.length).to.be.above(3);
    for (const area of Object.keys(LAYERS)) expect(code.map((file) => file.area), area).to.include(area);
  });

  describe('who imports whom', () => {
    it('follows the layers: domain ← db; runtime; api, relay and projector, never each other', () => {
      expectNone(code.flatMap(({ path, area = '', isTest, imports }) => {
        const allowed = [...LAYERS[area] ?? [], ...(isTest ? ['testkit', 'client', nameOf(area)] : [])];
        return imports.map((specifier) => OURS.exec(specifier)?.[1])
          .filter((name) => name !== undefined && !allowed.includes(name)).map((name) => `${path} imports ${name}`);
      }));
    });

    it('keeps each library in its home', () => {
      expectNone(code.flatMap(({ path, area, isTest, imports }) => imports.map(packageOf)
        .filter((name) => !isTest && HOMES[name]?.includes(nameOf(area)) === false)
        .map((name) => `${path} imports ${name}`)));
    });

    it('is what package.json says: a process needs nothing that is only installed for tests', () => {
      const shared = manifestOf('package.json').all;
      expectNone(code.flatMap(({ path, area, isTest, imports }) => {
        const { dependencies, all } = manifestOf(`${area ?? '.'}/package.json`);
        const allowed = isTest ? [...all, ...shared] : dependencies;
        if (area === undefined || (area === 'scripts' && isTest)) return [];
        return imports.filter((specifier) => isLibrary(specifier) && !allowed.includes(packageOf(specifier)))
          .map((specifier) => `${path} imports ${specifier}`);
      }), { 'scripts/lib/test/reporter.mjs': 'runs inside mocha', 'scripts/lib/test/mocha-run.mjs': 'runs mocha' });
    });

    it('is all that package.json says: no dependency that nothing imports', () => {
      expectNone(files.filter(({ path }) => /^(packages\/[^/]+|db|tests|bench)\/package\.json$/.test(path)).flatMap(({ path }) => {
        const { dependencies, all } = manifestOf(path);
        const within = code.filter(({ area }) => `${area ?? ''}/package.json` === path);
        const imported = (where: readonly CodeFile[]): ReadonlySet<string> =>
          new Set(where.flatMap(({ imports, text }) => [...imports, ...resolvedIn(text)].map(packageOf)));
        const [used, running] = [imported(within), imported(within.filter(({ isTest }) => !isTest))];
        return all.filter((name) => (dependencies.includes(name) ? !running.has(name) : !used.has(name.replace('@types/', ''))))
          .map((name) => `${path} ${name}`);
      }), { 'packages/api/package.json @redocly/cli': 'a test runs its command' });
    });

    it('names files in full, and leaves its package only by the package\'s name', () => {
      const relative = code.flatMap(({ path, area, imports }) =>
        imports.filter((specifier) => specifier.startsWith('.')).map((specifier) => ({ path, area, specifier })));
      expectNone(relative.flatMap(({ path, area, specifier }) => {
        const target = posix.join(posix.dirname(path), specifier);
        const inside = area === undefined || target.startsWith(`${area}/`)
          || (target.startsWith('scripts/') && /^(packages\/testkit|tests|bench)\/|\/bin\//.test(path));
        return [
          ...(inside ? [] : [`${path} imports ${specifier} of another package`]),
          ...(/\.(tsx?|mjs|json)$/.test(specifier) && exists(target) ? []
            : [`${path} imports ${specifier}: no such file`]),
        ];
      }));
    });

    it('keeps tests and their helpers out of what runs', () => {
      expectNone(production.flatMap(({ path, imports }) => imports
        .filter((specifier) => /testkit|@inventory\/(tests|bench)\/|\/testing\/|\.test\.|\.fixture\./.test(specifier))
        .map((specifier) => `${path} imports ${specifier}`)), MAY_IMPORT_TESTING);
    });

    it('tells by a test\'s name what it needs: x.test.ts nothing, x.int.test.ts services, x.e2e.test.ts more', () => {
      expectNone(code.filter(({ path }) => /\.test\.(ts|mjs)$/.test(path) && !/\.(int|e2e|web|long)\.test\./.test(path))
        .flatMap(({ path, imports }) => imports
          .filter((specifier) => /db\/testing\/|(^|\/)services\.ts$|^(pg|nats|ioredis)$/.test(specifier))
          .map((specifier) => `${path} imports ${specifier}`)));
    });

    it('has no barrels', () => {
      expectNone([
        ...files.filter(({ path }) => /(^|\/)index\.(ts|mjs|js)$/.test(path)).map(({ path }) => path),
        ...find(code, (node) => ts.isExportDeclaration(node) && node.exportClause === undefined),
      ]);
    });
  });

  it('has a pure domain: zod and nothing else, no clock, no chance, no I/O', () => {
    const domain = production.filter(({ area }) => area === 'packages/domain');
    expectNone([
      ...domain.flatMap(({ path, imports }) => imports.filter((s) => s !== 'zod' && !s.startsWith('./'))
        .map((specifier) => `${path} imports ${specifier}`)),
      ...find(domain, (node) => ts.isNewExpression(node) && node.expression.getText() === 'Date'
        && (node.arguments?.length ?? 0) === 0),
      ...find(domain, (node) => isMember(node, 'Date', 'now') || isMember(node, 'Math', 'random')),
      ...find(domain, (node) => ts.isIdentifier(node)
        && /^(process|crypto|performance|fetch|globalThis|setTimeout|setInterval|setImmediate)$/.test(node.text)),
    ]);
  });

  it('reads the environment in config.ts files alone', () => {
    const elsewhere = code.filter(({ path }) =>
      !/(^|\/)config\.ts$|^scripts\/|^(packages\/testkit|tests|bench)\/|\/bin\/[^/]+\.mjs$|\.test\.(ts|mjs)$/.test(path));
    expectNone(find(elsewhere, (node) => isMember(node, 'process', 'env')), MAY_READ_ENVIRONMENT);
  });

  it('opens connections to Postgres in db/session and in the pool alone, and each transaction names its isolation level', () => {
    const product = production.filter(({ path }) => /^(packages|db)\//.test(path));
    expectNone(find(product, (node) => ts.isNewExpression(node) && /^pg\.(Client|Pool)$|^(Client|Pool)$/.test(node.expression.getText())),
      MAY_CONNECT);
    expectNone([
      ...find(product, (node) => ts.isStringLiteralLike(node) && /^\s*(BEGIN|START TRANSACTION)\b(?!.*ISOLATION LEVEL)/s.test(node.text)),
      ...find(product, (node) => ts.isPropertyAccessExpression(node) && node.name.text === 'transaction'
        && !/^\.transaction\(\)\s*\.setIsolationLevel$/.test(node.parent.parent.getText().slice(node.expression.getText().length))),
    ]);
  });

  it('logs by its logger: console belongs to scripts and to tests that print a figure', () => {
    expectNone(find(production.filter(({ area }) => area !== 'scripts'), (node) => isMember(node, 'console')));
  });

  it('has a runtime that knows nothing of inventory', () => {
    const words = /\b(stocks?|reservations?|products?|stores?)\b/i;
    const runtime = files.filter(({ path }) => path.startsWith('packages/runtime/')).map(({ path, text }) => ({
      // camelCase and snake_case come apart, so that identifiers are words too.
      path, text: text.replace(/([a-z0-9])([A-Z])/g, '$1 $2').replaceAll('_', ' '),
    }));
    expectNone(grep(runtime, words));
  });

  it('casts nothing but `as const`, and asserts no value to be there', () => {
    expectNone(find(code, (node) => (ts.isAsExpression(node) && node.type.getText() !== 'const')
      || ts.isTypeAssertionExpression(node) || ts.isNonNullExpression(node)));
  });

  it('leaves nothing undone: no marks of it, no .only, no skip without a reason that is printed', () => {
    // In halves, or this file would be a finding.
    const marks = [['TO', 'DO'], ['FIX', 'ME'], ['XX', 'X'], ['HA', 'CK']].map((halves) => halves.join('')).join('|');
    expectNone([
      ...grep(files, new RegExp(`\\b(${marks})\\b`)),
      ...find(code, (node) => ['describe', 'it', 'context'].some((name) => isMember(node, name, 'only'))),
      ...code.filter(({ text }) => /\b(it|describe|context)\.skip\b|\bthis\.skip\(/.test(text))
        .filter(({ text }) => !text.includes('(skipped: '))
        .map(({ path }) => `${path} skips without "(skipped: reason)" in the title`),
      ...grep(code, /eslint-disable(?!.* -- )|@ts-(ignore|expect-error|nocheck)/),
    ]);
  });

  it('has short files: more than 300 lines want a reason', () => {
    expectNone(files.filter(({ path, text }) => /\.(tsx?|mjs|sql)$/.test(path) && text.split('\n').length > 301)
      .map(({ path, text }) => `${path} has ${text.split('\n').length - 1} lines`), LONG_FILES);
  });

  it('names no host of a package registry: which one is used is the machine\'s business', () => {
    const hosts = [
      ['registry', 'npmjs', 'org'], ['registry', 'yarnpkg', 'com'], ['deb', 'debian', 'org'],
      ['registry', 'npmmirror', 'com'], ['proxy', 'golang', 'org'], ['pypi', 'org'],
    ].map((labels) => labels.join('\\.'));
    expectNone(grep(files, new RegExp(hosts.join('|'))));
  });

  it('changes one of the tables that commits write in a migration, not two: it would wait for a commit that waits for it', () => {
    const names = '(stock|reservations|events|idempotency_keys)';
    const change = new RegExp(`^\\s*(?:(?:ALTER TABLE(?: ONLY)?|CREATE (?:UNIQUE )?INDEX .* ON|(?:CREATE|DROP) TRIGGER .* ON) ${names}\\b`
      + `|DROP INDEX (?:IF EXISTS )?idx_${names}_)`, 'gm');
    const changedBy = (up: string) => new Set([...up.matchAll(change)].map(([, table, ofIndex]) => table ?? ofIndex));
    expectNone(files.filter(({ path, text }) => path.startsWith('db/migrations/') && changedBy(text.split('-- Down Migration')[0] ?? '').size > 1)
      .map(({ path }) => path), TWO_TABLES);
  });

  it('numbers its migrations one after the other: two of one number would come in the order of their names', () => {
    const numbers = files.flatMap(({ path }) => /^db\/migrations\/(\d{4})_/.exec(path)?.[1] ?? []).map(Number);
    expect(numbers.toSorted((a, b) => a - b)).to.deep.equal(Array.from(numbers, (_, nth) => nth + 1));
  });

  describe('in its documents', () => {
    it('every relative link resolves, to a heading too', () => {
      const slug = (heading: string): string =>
        heading.toLowerCase().replace(/[`*]/g, '').replace(/[^\p{L}\p{N}\- _]/gu, '').trim().replaceAll(' ', '-');
      expectNone(documents.flatMap(({ path, text }) => {
        const prose = text.replace(/^```[\s\S]*?^```/gm, '').replace(/`[^`\n]*`/g, '');
        return [...prose.matchAll(/\]\(([^)\s]+)(?: "[^"]*")?\)/g)].map(([, target = '']) => target)
          .filter((target) => !/^[a-z]+:/i.test(target))
          .filter((target) => {
            const [file = '', anchor] = target.split('#');
            const full = file === '' ? path : posix.join(posix.dirname(path), decodeURI(file));
            if (!exists(full)) return true;
            return anchor !== undefined && !(textOf(full) ?? '').split('\n')
              .some((line) => line.startsWith('#') && slug(line.replace(/^#+ /, '')) === anchor);
          }).map((target) => `${path} links to ${target}`);
      }));
    });

    it('every error code has a line in API.md', () => {
      const text = textOf('API.md') ?? '';
      expectNone(errorCodes.filter((error) => !text.includes(`\`${error}\``)));
    });

    it('every variable of the configurations is in .env.example, and no other', () => {
      const read = code.filter(({ path }) => /^packages\/([^/]+|runtime\/config)\/config\.ts$/.test(path)).flatMap(({ nodes }) =>
        nodes.filter(ts.isPropertyAssignment).map(({ name }) => name.getText())
          .filter((name) => /^[A-Z][A-Z0-9_]+$/.test(name)));
      const documented = [...(textOf('.env.example') ?? '').matchAll(/^#? ?([A-Z][A-Z0-9_]+)=/gm)]
        .map(([, name]) => name);
      expect(new Set(documented)).to.deep.equal(new Set(read));
    });
  });
});
