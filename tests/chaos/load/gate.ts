/** Lets the writers in, or holds them so that the whole system comes to rest and can be looked at. */

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
