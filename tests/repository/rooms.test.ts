/**
 * Rooms with names: a folder is a job, arrows point down, and each export has an importer. A room is a file
 * directly in a folder, or a subfolder of it; an import is an arrow, that of a type too. The root itself is left out: `db`
 * is beside `packages` so that it is easy to find, and each needs the other.
 */
import { expect } from 'chai';
import { exportsOf, importsOf } from './exports.ts';
import type { Exceptions } from './findings.ts';
import { expectNone } from './findings.ts';
import { arrowsWithin, circlesOf, fileGraph, foldersOf, roomsOf } from './graph.ts';
import { parseCode, readRepository } from './sources.ts';
import { EXPORTS_OF_TODAY, FILE_CIRCLES_OF_TODAY, FULL_ROOMS_OF_TODAY, ROOM_CYCLES_OF_TODAY } from './offenders-of-today.ts';

const MOST_FILES = 20;

/** In this order: each may import those before it. */
const ROOMS_OF_SCRIPTS = ['base', 'process', 'install', 'containers', 'servers', 'app', 'test'].map((room) => `scripts/lib/${room}`);

/** Exports of product files that only tests import. */
const EXPORTED_FOR_TESTS: Exceptions = {
  'eslint.config.mjs default': 'ESLint reads it',
  'packages/api/background/expire-reservations.ts expireBatch': 'the step of a loop, which tests call',
  'packages/api/background/housekeeping.ts forgetOld': 'the step of a loop, which tests call',
  'packages/api/background/record-refused-demand.ts DemandNotes': 'what the step of a loop takes',
  'packages/api/background/record-refused-demand.ts createDemandNotes': 'what the step of a loop takes',
  'packages/api/background/record-refused-demand.ts writeRefusedDemand': 'the step of a loop, which tests call',
  'packages/api/commit/lane.ts LANE_SETTINGS': 'tests of plans need the settings of a lane',
  'packages/api/generate.ts openApiFile': 'a test compares the file',
  'packages/api/generate.ts openApiText': 'a test compares the file',
  'packages/api/generate.ts apiMarkdownFile': 'a test compares the file',
  'packages/api/generate.ts apiMarkdownText': 'a test compares the file',
  'packages/api/http/auth/revocations.ts Revocations': 'a type that the api of tests is given by',
  'packages/api/http/auth/verifier.ts Verifier': 'a type that tests name',
  'packages/api/http/server/listen.ts Timeouts': 'a type that the api of tests is given by',
  'packages/api/openapi/schema.ts isObject': 'tests read the document by it, too',
  'packages/api/reservations/queries.ts listQuery': 'a test explains its plan',
  'packages/api/reservations/queries.ts ReservationFilter': 'a test explains its plan',
  'packages/api/testing/contract/client.ts webhooks': 'generated',
  'packages/api/testing/contract/client.ts components': 'generated',
  'packages/api/testing/contract/client.ts $defs': 'generated',
  'packages/api/testing/contract/client.ts operations': 'generated',
  'packages/relay/main.ts program': 'the documents are held against the command line',
  'packages/projector/main.ts program': 'the documents are held against the command line',
  'scripts/lib/app/launch.mjs defaults': 'pure: what a program gets from .dev/env',
  'scripts/lib/app/log-lines.mjs humanLine': 'pure: a log line as a person sees it',
  'scripts/lib/base/env-file.mjs formatEnv': 'pure: the other half of parseEnv',
  'scripts/lib/containers/images.mjs NODE_IMAGE': '.ci/run reads it, and the Dockerfile is held to it',
  'scripts/lib/install/tools.mjs isNewEnough': 'pure: which Node will do',
  'scripts/lib/process/lock.mjs readLock': 'what `npm start` has started, for the test that kills it',
  'scripts/lib/process/proc.mjs childrenOf': 'the tests and the bench read /proc by it',
  'scripts/lib/process/proc.mjs residentBytes': 'the tests and the bench read /proc by it',
  'scripts/lib/process/supervise.mjs pauseMs': 'pure: how long before a restart',
  'scripts/lib/servers/debian.mjs missingLibraries': 'pure: what apt would install besides',
  'scripts/lib/test/reporter.mjs skipReason': 'pure: why a test was skipped',
};

const isTestFile = (path: string): boolean => /\.test\.(ts|mjs)$|\.fixture\.ts$/.test(path);
/** What only tests use: there, tests count as importers. */
const isSupport = (path: string): boolean => /(^|\/)testing\/|^(packages\/testkit|tests|bench)\//.test(path);

const code = readRepository().filter(({ path }) => /\.(ts|mjs)$/.test(path)).map(parseCode);
const files = code.filter(({ path }) => !isTestFile(path) && !/\/testing\//.test(path));
const graph = fileGraph(files);
const folders = foldersOf(graph.keys());

describe('the rooms of the house', () => {
  it('were found: the rules below speak of something', () => {
    expect(files.length).to.be.above(250);
    expect(folders).to.include.members(['packages/api/commit', 'packages/relay/publish', 'db', 'scripts/lib/servers']);
    expect([...roomsOf('packages', graph).get('packages/relay') ?? []]).to.include('packages/runtime');
  });

  it('have no circle of files that import each other, types included', () => {
    expectNone(circlesOf(graph).map((circle) => circle.join(' ')), FILE_CIRCLES_OF_TODAY);
  });

  it('have no cycle among the children of any folder', () => {
    expectNone(folders.flatMap((folder) => circlesOf(roomsOf(folder, graph)).map((circle) =>
      `${folder}: ${circle.map((room) => room.slice(folder.length + 1)).join(', ')}\n  ${arrowsWithin(circle, graph).join('\n  ')}`)),
    ROOM_CYCLES_OF_TODAY);
  });

  it(`hold at most ${MOST_FILES} product files each, subfolders apart`, () => {
    expectNone(folders.map((folder) => ({
      folder, count: [...graph.keys()].filter((path) => path.startsWith(`${folder}/`) && !path.slice(folder.length + 1).includes('/')).length,
    })).filter(({ count }) => count > MOST_FILES).map(({ folder, count }) => `${folder} has ${count} files`),
    FULL_ROOMS_OF_TODAY);
  });

  it('of scripts/lib stand in one order', () => {
    const placeOf = (path: string): number => ROOMS_OF_SCRIPTS.findIndex((room) => path.startsWith(`${room}/`));
    const inRooms = [...graph].filter(([path]) => path.startsWith('scripts/lib/'));
    expectNone(inRooms.flatMap(([path, targets]) => [
      ...(placeOf(path) < 0 ? [`${path} is in no room of the list`] : []),
      ...[...targets].filter((target) => placeOf(target) > placeOf(path)).map((target) => `${path} imports ${target}, which comes later`),
    ]));
  });

  it('export nothing that nobody imports; a test counts only for what is there for tests', () => {
    const importers = Map.groupBy(
      code.flatMap((file) => importsOf(file).map(({ from, name }) => ({ from, name, by: file.path }))), ({ from }) => from);
    expectNone(code.filter(({ path }) => !isTestFile(path)).flatMap((file) => exportsOf(file).filter((name) => {
      const counts = (by: string): boolean => isSupport(file.path) || !(isSupport(by) || isTestFile(by));
      return !importers.get(file.path)?.some((each) => (each.name === name || each.name === '*') && counts(each.by));
    }).map((name) => `${file.path} ${name}`)), { ...EXPORTED_FOR_TESTS, ...EXPORTS_OF_TODAY });
  });
});
