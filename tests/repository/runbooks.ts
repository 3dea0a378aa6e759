/** run.md and docs/runbooks as an operator reads them: what to type, and how to know that it is over. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { processEnv } from '@inventory/runtime/config/config.ts';
import { findProgram } from '../../scripts/lib/servers/programs.mjs';

const ROOT = join(import.meta.dirname, '..', '..');

/** Where the one part ends and the next begins: a heading, a numbered step, or the last paragraph. */
const PARTS = /^(?=#+ |\d+\. |\*\*It is over when\*\*)/m;

/** The commands of the part whose first line holds these words, each as it is to be typed. @throws where there is none */
export function commandsOf(page: string, words: string): readonly string[] {
  const part = readFileSync(join(ROOT, page), 'utf8').split(PARTS).find((text) => text.split('\n', 1)[0]?.includes(words));
  const blocks = [...(part ?? '').matchAll(/```console\n([^`]+)```/g)].map(([, block = '']) => block);
  const commands = blocks.flatMap((block) => [...block.matchAll(/^ *\$ ((?:.*\\\n)*.*)$/gm)].map(([, line = '']) => line));
  if (commands.length === 0) throw new Error(`${page} has nothing to type at "${words}"`);
  return commands;
}

export interface Typed { readonly command: string; readonly code: number; readonly stdout: string; readonly stderr: string }

/** What an operator's shell has: the programs of PostgreSQL, wherever this machine has them. */
function shellEnv(): NodeJS.ProcessEnv {
  const psql = findProgram('psql');
  return psql === undefined ? processEnv() : { ...psql.env, PATH: `${psql.env['PATH'] ?? ''}:${dirname(psql.path)}` };
}

/** Types a command into a shell at the root of the repository, with these variables. Never throws for its exit code. */
export function type(command: string, env: Readonly<Record<string, string>>): Promise<Typed> {
  return new Promise((resolve) => {
    execFile('bash', ['-c', command], { cwd: ROOT, env: { ...shellEnv(), ...env }, timeout: 120_000 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
      resolve({ command, code, stdout, stderr });
    });
  });
}

/** What a page wants to see before it is over. */
type Sign =
  | { readonly kind: 'command'; readonly command: string }
  | { readonly kind: 'metric'; readonly name: string; readonly holds: (value: number) => boolean; readonly text: string };

const COMMAND_SIGN = /`((?:relay|projector) [^`]+)` exits with 0/g;
const METRIC_SIGN = /`(\w+)`(?: of one instance)? is (below |above )?([\d.]+?)(?=[ ,;.]*(?:\s|$))/g;

/** The signs in its part "It is over when" that a program can check: commands that exit with 0, bounds of metrics. */
export function signsOf(page: string): readonly Sign[] {
  const [, words = ''] = /\*\*It is over when\*\*([^#]*)/.exec(readFileSync(join(ROOT, page), 'utf8')) ?? [];
  const text = words.replaceAll(/\s+/g, ' ');
  const signs: readonly Sign[] = [
    ...[...text.matchAll(COMMAND_SIGN)].map(([, command = '']): Sign => (
      { kind: 'command', command: `npm run ${command.replace(' ', ' -- ')}` })),
    ...[...text.matchAll(METRIC_SIGN)].map(([whole, name = '', side, bound]): Sign => ({
      kind: 'metric', name, text: whole,
      holds: (value) => (side === 'below ' ? value < Number(bound) : side === 'above ' ? value > Number(bound) : value === Number(bound)),
    })),
  ];
  if (signs.length === 0) throw new Error(`${page} does not say how to know that it is over`);
  return signs;
}

/** Whether one of the instances scraped measures what the sign asks for. */
export function shows(scrape: string, { name, holds }: Extract<Sign, { kind: 'metric' }>): boolean {
  return [...scrape.matchAll(new RegExp(`^${name}(?:\\{.*\\})? (\\S+)$`, 'gm'))].some(([, value]) => holds(Number(value)));
}
