// @ts-check
/*
 * `npm run dev`: which processes a changed file concerns, and the watch over the folders. One watcher for each folder,
 * because a recursive one would follow node_modules.
 */
import { readdirSync, watch } from 'node:fs';
import { join } from 'node:path';
import { paths } from '../base/paths.mjs';

/** @typedef {'api' | 'relay' | 'projector'} AppName */

/** An editor that saves writes more than once. */
const SETTLED_MS = 40;
const ALL = /** @type {const} */ (['api', 'relay', 'projector']);
const NOT_SOURCES = /(^|\/)(testing|node_modules|testkit|bin)(\/|$)|\.(test|fixture)\.tsx?$/;

/**
 * @param {string} path from the root of the repository, with slashes
 * @returns {readonly AppName[]} those that run this file; none for a test, or what is no code
 */
export function processesOf(path) {
  if (!/^(packages\/[^/]+|db)\//.test(path) || NOT_SOURCES.test(path) || !/\.(tsx?|css|sql|json)$/.test(path)) return [];
  // The pages, and what they ask with: the api serves them.
  if (/^packages\/(board|client)\//.test(path)) return ['api'];
  const own = ALL.filter((name) => path.startsWith(`packages/${name}/`));
  return own.length > 0 ? own : ALL;
}

/**
 * Watches packages and db. Folders that are made later are watched too.
 * @param {(changed: readonly string[]) => void} onChange with the paths that concern a process, when they have settled
 * @returns {() => void} ends it
 */
export function watchSources(onChange) {
  /** @type {Map<string, import('node:fs').FSWatcher>} */
  const watchers = new Map();
  /** @type {Set<string>} */
  const changed = new Set();
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  const settled = () => {
    const list = [...changed];
    changed.clear();
    scan('packages');
    scan('db');
    if (list.length > 0) onChange(list);
  };
  /** @param {string} folder */
  const scan = (folder) => {
    if (NOT_SOURCES.test(folder)) return;
    if (!watchers.has(folder)) {
      const watcher = watch(join(paths.root, folder), (_event, name) => {
        const path = `${folder}/${name}`;
        if (processesOf(path).length > 0) changed.add(path);
        clearTimeout(timer);
        timer = setTimeout(settled, SETTLED_MS);
      });
      // The folder was removed; its files were reported one by one.
      watcher.on('error', () => watchers.delete(folder));
      watchers.set(folder, watcher);
    }
    for (const entry of readdirSync(join(paths.root, folder), { withFileTypes: true })) {
      if (entry.isDirectory()) scan(`${folder}/${entry.name}`);
    }
  };
  scan('packages');
  scan('db');
  return () => {
    clearTimeout(timer);
    for (const watcher of watchers.values()) watcher.close();
  };
}
