/**
 * A server that a test may hurt: a private process in a temp folder, or a container with TEST_SERVICES=containers. It
 * ends with the test's process or with the run, however that ends.
 */
export type Service = {
  readonly url: string;
  readonly port: number;
  /** What a container does not have: the process in charge now (another one after a restart), and where its data is. */
  readonly local: { readonly pid: number; readonly dir: string } | undefined;
  /** SIGKILL to all of its processes. The data stays for `restart`. */
  kill(): Promise<void>;
  /** Ends it in good order, so that all it knows is written down. The data stays for `restart`, and may be copied meanwhile. */
  halt(): Promise<void>;
  /** SIGSTOP to all of its processes, or the like: it keeps its connections and answers nothing. */
  freeze(): Promise<void>;
  /** Ends a freeze. */
  resume(): Promise<void>;
  /** Starts it on the same port and data; what still runs is stopped in good order first. */
  restart(): Promise<void>;
  /** A signal to processes of it by the numbers that it knows them by, such as those of PostgreSQL's backends. */
  signal(pids: readonly number[], signal: NodeJS.Signals): Promise<void>;
  /** Ends it, in good order where it is a process, and removes its data. Idempotent. */
  stop(): Promise<void>;
};
