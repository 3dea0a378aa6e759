/** The span of a group commit, recorded where an operator loads an OpenTelemetry SDK (`node --import …`). */
import { traceBatch } from '@inventory/runtime/tracing.ts';

/** Runs a group commit within a span of its own, which links to the requests that it serves. */
export function traceCommit<T>(traceparents: readonly (string | undefined)[], run: () => Promise<T>): Promise<T> {
  const attributes = { 'inventory.commands': traceparents.length };
  return traceBatch({ name: 'group commit', attributes, traceparents: () => traceparents }, run);
}
