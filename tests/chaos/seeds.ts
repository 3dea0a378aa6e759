/** Seeds that follow from the commit, so that each commit is tried with new ones. */
import { execFileSync } from 'node:child_process';
import { hashOf } from './plan/random.ts';

/** The commit that is checked out, or a fixed text when there is no repository. */
export function headCommit(): string {
  try {
    return execFileSync('git', ['rev-parse', 'HEAD'], {
      cwd: import.meta.dirname, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return 'no commit';
  }
}

export function seedsOf(commit: string, count: number): readonly number[] {
  return Array.from({ length: count }, (_, nth) => hashOf(`${commit} ${nth}`));
}
