/** A gate for the writers. While it is closed the system comes to rest, so that it can be checked. */

export interface Gate {
  /** Resolves at once while the gate is open. */
  pass(): Promise<void>;
  close(): void;
  open(): void;
}

export function createGate(): Gate {
  let closed: PromiseWithResolvers<void> | undefined;
  return {
    pass: () => closed?.promise ?? Promise.resolve(),
    close() { closed ??= Promise.withResolvers<void>(); },
    open() {
      closed?.resolve();
      closed = undefined;
    },
  };
}
