/** How many files, connections among them, this process may have open at once. */
import { z } from 'zod';

const report = z.object({ userLimits: z.object({ open_files: z.object({ soft: z.union([z.number(), z.literal('unlimited')]) }) }) });

/**
 * The limit of open files (`ulimit -n`). Node has raised it as far as it may go when this runs. For the start of a process:
 * the report that tells it (1.5 ms then) looks up the names of all peers.
 * @returns undefined where there is none, or the system (Windows) does not tell
 */
export function openFilesLimit(): number | undefined {
  const parsed = report.safeParse(process.report.getReport());
  const limit = parsed.data?.userLimits.open_files.soft;
  return limit === 'unlimited' ? undefined : limit;
}
