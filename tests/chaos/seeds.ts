/** Seeds that nobody has chosen: they follow from the commit, so that each commit is tried by others. */
import { execFileSync } from 'node:child_process';
import { hashOf } from './plan/random.ts';

/** The commit that is checked out, or a word in its place where there is no repository. */
export function headCommit(): string {
  try {
    return execFileSync('git', ['rev-parse', 'HEAD'], { cwd: import.meta.dirname, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return 'no commit';
  }
}

export function seedsOf(commit: string, count: number): readonly number[] {
  return Array.from({ length: count }, (_, nth) => hashOf(`${commit} ${nth}`));
}
