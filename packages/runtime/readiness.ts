/** Whether a process can serve. */

type Check = { readonly ok: boolean; readonly required: boolean; readonly detail: string };
type NamedCheck = Check & { readonly name: string };

/** Named checks, each set by the part of the process that knows it. */
export type Readiness = {
  set(name: string, check: Check): void;
  /** True when every required check is ok, and the process is not draining. */
  ready(): boolean;
  snapshot(): readonly NamedCheck[];
  /** From now on the process is not ready, whatever the checks say: it is about to stop. */
  drain(): void;
};

/** Creates an empty set of checks: ready until a required check says otherwise. */
export function createReadiness(): Readiness {
  const checks = new Map<string, Check>();
  let draining = false;
  return {
    set(name, check) { checks.set(name, check); },
    ready() {
      return !draining && [...checks.values()].every(({ ok, required }) => ok || !required);
    },
    snapshot() {
      const named = [...checks].map(([name, check]) => ({ name, ...check }));
      return draining ? [{ name: 'shutdown', ok: false, required: true, detail: 'draining' }, ...named] : named;
    },
    drain() { draining = true; },
  };
}
