/**
 * Builds with a protection taken out, to see that the rig catches them. No file of the product is changed: a variable of the
 * product switches the protection off, or a module hook replaces texts of the source while it is loaded (take-out-hook.ts).
 */
import { join } from 'node:path';

/** A text that the source contains once, and its replacement. */
interface Change {
  readonly from: string;
  readonly to: string;
}

type TakenOut = { readonly about: string } & (
  | { readonly changes: readonly Change[] }
  /** Variables that the product has for tests. */
  | { readonly env: Readonly<Record<string, string>> }
);

export const protections = {
  'version-guard': {
    about: 'the view takes whatever is written last, whichever version it is',
    changes: [{ from: 'if not now or old < new then', to: 'if true then' }],
  },
  'mark-after-ack': {
    about: 'the relay marks a batch as published when it sends it, whatever the broker answers',
    changes: [{
      from: 'const { accepted, failure } = await publishing;',
      to: 'const failure = undefined; const accepted = good.length; publishing.catch(() => undefined);',
    }],
  },
  'chain': {
    about: 'the relay publishes without saying what it expects to be last in the stream',
    env: { NODE_ENV: 'test', TEST_WITHOUT_CHAIN: 'true' },
  },
  'no-standby': {
    about: 'a connection that leads to a standby is used like any other',
    changes: [
      { from: 'refuseUnsuitable(opened);', to: 'if (!opened.standby) refuseUnsuitable(opened);' },
      // Otherwise such a session would fail when it notes the server, which is a write.
      { from: "if (identity === 'off' || noted === undefined", to: "if (opened.standby || identity === 'off' || noted === undefined" },
    ],
  },
  'identity': {
    about: 'a promoted standby is taken for the server that the log is known to be on',
    changes: [{ from: "IN (e.server, 'off')", to: 'IS NOT NULL' }],
  },
} as const satisfies Readonly<Record<string, TakenOut>>;

export type Protection = keyof typeof protections;

export function isProtection(name: string): name is Protection {
  return Object.hasOwn(protections, name);
}

/** The texts to replace; none for a protection that a variable switches off. */
export function changesOf(name: Protection): readonly Change[] {
  const protection: TakenOut = protections[name];
  return 'changes' in protection ? protection.changes : [];
}

/** The hook writes this to stderr, with the name and the number of the change from 1, when it has replaced a text. */
export const TAKEN_OUT = 'CHAOS: taken out:';

/** The variables that take the protection out of a process; none for undefined. */
export function protectionEnv(name: Protection | undefined): Readonly<Record<string, string>> {
  if (name === undefined) return {};
  const protection: TakenOut = protections[name];
  if ('env' in protection) return protection.env;
  return { NODE_OPTIONS: `--import=${join(import.meta.dirname, 'take-out-hook.ts')}`, CHAOS_TAKE_OUT: name };
}
