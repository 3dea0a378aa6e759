/**
 * The documents against what they speak of: every variable, metric, command, option, member and error code that they
 * name is there. (That links resolve, and that every error code is documented, is in tidy.test.ts.)
 */
import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorCodes } from '@inventory/domain/errors.ts';
import { program as projector } from '@inventory/projector/main.ts';
import { program as relay } from '@inventory/relay/main.ts';
import { processConfigs } from './configs.ts';
import type { Code, CommandLine } from './documents.ts';
import { blocksOf, commandLinesOf, readDocuments, spansOf } from './documents.ts';
import { exists, readRepository, root } from './sources.ts';
import { registeredMetrics } from './watched.ts';

/** Variables that documents may name although no process reads them. */
const OTHER_VARIABLES: Readonly<Record<string, string>> = {
  NODE_EXTRA_CA_CERTS: 'Node reads it', NODE_OPTIONS: 'Node reads it', COMPOSE_PROFILES: 'Compose reads it',
  INVENTORY_STATE: 'npm start reads it', TEST_SERVICES: 'npm test reads it',
  RELAY_NATS_URL: 'in .dev/env', ANALYTICS_NATS_URL: 'in .dev/env', SUPERUSER_DATABASE_URL: 'in .dev/env',
  API_URL: 'in .dev/env', OPS_URLS: 'in .dev/env', PRODUCT_ID: 'in .dev/env',
  TOKEN_ADMIN: 'in .dev/env', TOKEN_VENDOR: 'in .dev/env', TOKEN_CUSTOMER: 'in .dev/env',
  TOKEN_SERVICE: 'in .dev/env',
  TOO_OLD: 'a reason of the live feed',
  RESERVATION_ID: 'of the answer before, in API.md', BATCH_ID: 'of the answer before, in API.md',
};

/** Words of API.md that openapi.json does not have. */
const OTHER_WORDS: Readonly<Record<string, string>> = {
  server_time: 'of a tick of the live feed',
};

/** Words of npm itself. */
const NPM_WORDS = new Set(['start', 'test', 'install', 'pack']);

const documents = readDocuments();
const code: readonly Code[] = documents.flatMap((document) => [...blocksOf(document), ...spansOf(document)]);
const textOf = (path: string): string => readFileSync(join(root, path), 'utf8');
const expectNone = (findings: readonly string[]): void => { expect([...new Set(findings)].join('\n')).to.equal(''); };

/** What a pattern's first group finds in pieces of code, with the place. */
const named = (pieces: readonly Code[], pattern: RegExp): readonly { readonly at: string; readonly name: string }[] =>
  pieces.flatMap(({ at, text }) => [...text.matchAll(pattern)].map(([, name = '']) => ({ at, name })));

describe('what the documents name', () => {
  it('was found: the rules below speak of something', () => {
    expect(documents.length).to.be.above(25);
    expect(code.length).to.be.above(500);
  });

  it('as an environment variable is read by a process, by Compose, or is listed here', () => {
    const read = new Set(Object.values(processConfigs).flatMap(({ shape }) => Object.keys(shape))
      .flatMap((name) => [name, `${name}_FILE`]));
    for (const [, name = ''] of textOf('docker-compose.yml').matchAll(/\$\{(\w+)/g)) read.add(name);
    const known = (name: string): boolean => read.has(name) || Object.hasOwn(OTHER_VARIABLES, name);
    const found = named(code, /(?<![\w./-])([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+(?:_\*)?)(?![\w<])/g);
    expectNone(found.filter(({ name }) => (name.endsWith('_*')
      ? ![...read].some((each) => each.startsWith(name.slice(0, -1))) : !known(name))).map(({ at, name }) => `${at} ${name}`));
    const names = new Set(found.map(({ name }) => name));
    expectNone(Object.keys(OTHER_VARIABLES).filter((name) => !names.has(name)).map((name) => `${name} needs no exception`));
  });

  it('as a variable of docker-compose.yml is there with this default, and all of them are named', () => {
    const used = [...textOf('docker-compose.yml').matchAll(/\$\{(\w+):-([^}]*)\}/g)].map(([, name, value]) => `${name} ${value}`);
    const rows = textOf('docs/variables.md').split('## docker-compose.yml')[1] ?? '';
    const listed = [...rows.matchAll(/^\| `(\w+)` \| (?:`([^`]+)`|none) \|/gm)].map(([, name, value = '']) => `${name} ${value}`);
    expect(listed.toSorted()).to.deep.equal([...new Set(used)].toSorted());
  });

  it('as a dependency, in decision 0007, is one of some package.json, and none is left out', () => {
    const installed = new Set(readRepository().filter(({ path }) => /^(?!scripts\/)(.*\/)?package\.json$/.test(path)).flatMap(({ text }) => {
      const { dependencies = {}, devDependencies = {} }: Record<string, Record<string, string>> = JSON.parse(text);
      return Object.keys({ ...dependencies, ...devDependencies }).filter((name) => !name.startsWith('@inventory/'));
    }));
    const rows = [...textOf('docs/decisions/0007-dependencies.md').matchAll(/^\| ((?!Package|-).+?) \|/gm)];
    const named = rows.flatMap(([, names = '']) => names.split(', '));
    expect(named.toSorted()).to.deep.equal([...installed].toSorted());
  });

  it('as a metric is measured', () => {
    const measured = registeredMetrics();
    const areas = [...new Set([...measured].map((name) => name.split('_')[0]))].join('|');
    // A metric by its unit, or by its beginning in a query.
    const metric = new RegExp(`(?<![\\w.:-])((?:${areas})(?:_[a-z0-9]+)*_(?:total|seconds|bytes|events|keys|commands)(?:_bucket|_sum|_count)?|[a-z]+(?:_[a-z0-9]+)*_(?:total|seconds_\\w+))\\b`, 'g');
    const found = named(documents.map(({ path, text }) => ({ at: path, text })), metric);
    expectNone(found.filter(({ name }) => !measured.has(name) && !measured.has(name.replace(/_(bucket|sum|count)$/, '')))
      .map(({ at, name }) => `${at} ${name}`));
    expect(new Set(found.map(({ name }) => name)).size).to.be.above(8);
  });

  const codes = new Set<string>(errorCodes);

  it('as an error code behind its status is one', () => {
    const found = documents.flatMap(({ path, text }) => [...text.matchAll(/\b[45]\d\d\b[\s|]{0,3}`([a-z_]+)`/g)]
      .map(([, name = '']) => ({ path, name })));
    expect(found.length).to.be.above(codes.size);
    expectNone(found.filter(({ name }) => !codes.has(name)).map(({ path, name }) => `${path} ${name}`));
  });

  it('as a member, parameter or code in API.md is of the API', () => {
    const api = textOf('docs/openapi.json');
    const words = named(documents.filter(({ path }) => path === 'API.md').flatMap(spansOf), /^([a-z]+(?:_[a-z]+)+)$/g);
    expect(words.length).to.be.above(20);
    const known = (name: string): boolean => codes.has(name) || api.includes(`"${name}"`) || Object.hasOwn(OTHER_WORDS, name);
    expectNone(words.filter(({ name }) => !known(name)).map(({ at, name }) => `${at} ${name}`));
    expectNone(Object.keys(OTHER_WORDS).filter((name) => !words.some((word) => word.name === name) || codes.has(name)
      || api.includes(`"${name}"`)).map((name) => `${name} needs no exception`));
  });
});

describe('the commands in the documents', () => {
  const scripts: Readonly<Record<string, string>> = JSON.parse(textOf('package.json')).scripts;
  const helps = new Map(readRepository().filter(({ path }) => /\.(ts|mjs)$/.test(path)).flatMap(({ text }) =>
    [...text.matchAll(/`Usage: npm (?:run )?([\w:]+)(?:[^`\\]|\\.)*`/g)].map(([help, name = '']) => [name, help] as const)));
  const lines = documents.flatMap(commandLinesOf);

  it('were found', () => {
    expect(lines.length).to.be.above(80);
    expect(new Set(lines.map(({ program }) => program))).to.include.members(['relay', 'projector', 'token', 'start', 'test']);
  });

  it('are commands of package.json', () => {
    const mentioned = documents.flatMap(({ path, text }) =>
      [...text.matchAll(/\bnpm run (?:-s )?([a-z:]+)/g)].map(([, program = '']) => ({ at: path, program, args: [] })));
    expectNone([...lines, ...mentioned].filter(({ program }) => !Object.hasOwn(scripts, program) && !NPM_WORDS.has(program))
      .map(({ at, program }) => `${at} ${program}`));
  });

  it('of relay and projector are taken by their command lines, each option by its subcommand', () => {
    expectNone(lines.flatMap((line) => {
      const root = { relay, projector }[line.program];
      return root === undefined ? [] : problemsOf(root, line);
    }));
  });

  it('of the others have options that their --help explains, and paths that exist', () => {
    const others = lines.filter(({ program }) => program !== 'relay' && program !== 'projector' && program !== 'install');
    expectNone(others.flatMap(({ at, program, args }) => {
      const help = helps.get(program.replace(/:long$/, '')) ?? '';
      return args.filter((word) => (word.startsWith('--')
        ? word !== '--help' && !new RegExp(`${word}\\b`).test(help)
        // Of spec files and folders.
        : /^(packages|scripts|db)\//.test(word) && !exists(word)))
        .map((word) => `${at} npm run ${program} has no ${word}`);
    }));
  });
});

/** What Commander would refuse. `|` and brackets are those of a synopsis: what follows is an alternative. */
function problemsOf(root: typeof relay, { at, program, args }: CommandLine): readonly string[] {
  const problems: string[] = [];
  const refuse = (what: string): void => { problems.push(`${at} ${program} ${args.join(' ')}: no ${what}`); };
  let command = root;
  let positionals = 0;
  const words = args.flatMap((word) => word.replace(/^\[|\]$/g, '').split(',')).filter((word) => word !== '…' && word !== '');
  for (let nth = 0; nth < words.length; nth += 1) {
    const word = words[nth] ?? '';
    if (word === '|') {
      if (words[nth + 1]?.startsWith('--') === false) command = command.parent ?? root;
    } else if (word.startsWith('--')) {
      const [name = '', value] = word.split('=');
      const option = command.options.find(({ long }) => long === name);
      if (option === undefined && name !== '--help') refuse(`option ${name}`);
      else if (option?.required === true && value === undefined) nth += 1;
    } else {
      const next = positionals === 0 ? command.commands.find((each) => [each.name(), ...each.aliases()].includes(word)) : undefined;
      if (next !== undefined) command = next;
      else if (command.registeredArguments.length === 0) refuse(`command ${word}`);
      else positionals += 1;
    }
  }
  return problems;
}
