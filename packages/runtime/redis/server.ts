/** What a Redis must be for us: one master that is the whole of it, and that lets us look. */

/** Why the server that answers so to INFO is refused, in one sentence; undefined for one that is fit. */
export function refusalOf(info: string): string | undefined {
  const fact = (name: string): string | undefined => new RegExp(`^${name}:(\\S*)`, 'm').exec(info)?.[1];
  const mode = fact('redis_mode') ?? fact('server_mode');
  if (mode === 'sentinel') return 'this is a Sentinel and no Redis: the URL must lead to the master itself (docs/scaling.md)';
  if (mode === 'cluster') return 'this is a Redis Cluster, which is not supported: the URL must lead to a single master (docs/scaling.md)';
  if (fact('role') === 'slave') return 'this Redis is a replica and takes no writes: the URL must lead to the master';
  return undefined;
}

/** The same where INFO itself was answered with an error; undefined for an error that says nothing about the server. */
export function refusalFrom(error: unknown): string | undefined {
  return isDenied(error) ? `this user may not ask what the server is: it needs the right +info (${error.message})` : undefined;
}

/** True for a command or a key that the user has no right to. */
export function isDenied(error: unknown): error is Error {
  return error instanceof Error && error.message.startsWith('NOPERM');
}

/** True for a write that came to a replica: the connection leads to the wrong server. A script may have it in its middle. */
export function isReadOnly(error: unknown): boolean {
  return error instanceof Error && /\bREADONLY\b/.test(error.message);
}
