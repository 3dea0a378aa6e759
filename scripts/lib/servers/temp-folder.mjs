// @ts-check
/* A folder for one run, deleted however the run ends. */
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { placeFor, serverUser } from './postgres.mjs';
import { identify, isAlive } from '../process/identity.mjs';

const OWNER = 'owner.json';

/**
 * A folder that is deleted however the run ends; after kill -9 by the next run of anybody with the same user.
 * @param {string} prefix
 * @returns {{ path: string, scratch: string, remove: () => void }} `scratch`: a temp folder for what runs, inside it
 */
export function createTempFolder(prefix) {
  sweep(prefix);
  const path = mkdtempSync(join(tmpdir(), prefix));
  writeFileSync(join(path, OWNER), JSON.stringify(identify()));
  const scratch = join(path, 'tmp');
  mkdirSync(scratch);
  if (serverUser() !== undefined) for (const folder of [path, scratch]) chmodSync(folder, 0o711); // see postgres.mjs
  const remove = () => {
    const data = join(path, 'postgres');
    const place = placeFor(data, serverUser()); // elsewhere when the server's user cannot reach the temp folder
    const options = { recursive: true, force: true, maxRetries: 5, retryDelay: 100 };
    for (const folder of [place, path]) rmSync(folder, options);
    process.removeListener('exit', remove);
  };
  process.on('exit', remove);
  return { path, scratch, remove };
}

/** @param {string} prefix */
function sweep(prefix) {
  for (const name of readdirSync(tmpdir()).filter((entry) => entry.startsWith(prefix))) {
    const path = join(tmpdir(), name);
    try {
      const mine = statSync(path).uid === process.getuid?.();
      const owner = JSON.parse(readFileSync(join(path, OWNER), 'utf8'));
      if (mine && !isAlive(owner)) rmSync(path, { recursive: true, force: true });
    } catch {
      // another user's, or being made or removed at this moment
    }
  }
}
