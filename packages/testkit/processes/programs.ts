/** Programs that a machine may or may not have, for tests that are skipped where one is missing. */
import { findProgram } from '../../../scripts/lib/servers/programs.mjs';

/** Why a test cannot run, in words for its title; empty where all the programs are there. */
export function missingPrograms(programs: Readonly<Record<string, string>>): string {
  const missing = Object.entries(programs).filter(([name]) => findProgram(name) === undefined)
    .map(([name, debianPackage]) => `${name}, of Debian's package ${debianPackage}`);
  return missing.length === 0 ? '' : `this machine does not have ${missing.join(' and ')}`;
}

/** Where a program is, and the environment that it runs in. @throws {Error} where it is missing */
export function requireProgram(name: string): { readonly path: string; readonly env: NodeJS.ProcessEnv } {
  const found = findProgram(name);
  if (found === undefined) throw new Error(`${name} is not on this machine`);
  return found;
}
