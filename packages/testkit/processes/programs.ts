/** Programs that a machine may or may not have, for tests that are skipped where one is missing. */
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { processEnv } from '@inventory/runtime/config/config.ts';

/** The absolute path of a program, looked for where an administrator's PATH would; undefined where it is missing. */
export function programPath(name: string): string | undefined {
  const folders = [...(processEnv()['PATH'] ?? '').split(':'), '/usr/sbin', '/usr/local/sbin', '/usr/local/bin', '/usr/bin'];
  return folders.filter((folder) => folder.startsWith('/')).map((folder) => join(folder, name)).find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Why a test cannot run, in words for its title; empty where all the programs are there. */
export function missingPrograms(programs: Readonly<Record<string, string>>): string {
  const missing = Object.entries(programs).filter(([name]) => programPath(name) === undefined)
    .map(([name, debianPackage]) => `${name}, of Debian's package ${debianPackage}`);
  return missing.length === 0 ? '' : `this machine does not have ${missing.join(' and ')}`;
}
