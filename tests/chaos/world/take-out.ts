/**
 * Builds with a protection taken out, to see that the rig catches them. No file of the product is changed: a variable of the
 * product switches the protection off, or a module hook replaces one text of the source while it is loaded
 * (take-out-hook.ts).
 */
import { join } from 'node:path';

type TakenOut = { readonly about: string } & (
  /** A text that the source contains once, and its replacement. */
  | { readonly from: string; readonly to: string }
  /** Variables that the product has for tests. */
  | { readonly env: Readonly<Record<string, string>> }
);

export const protections = {
  'version-guard': {
    about: 'the view takes whatever is written last, whichever version it is',
    from: 'if not now or old < new then', to: 'if true then',
  },
  'mark-after-ack': {
    about: 'the relay marks a batch as published when it sends it, whatever the broker answers',
    from: 'const { accepted, failure } = await publishing;',
    to: 'const failure = undefined; const accepted = good.length; publishing.catch(() => undefined);',
  },
  'chain': {
    about: 'the relay publishes without saying what it expects to be last in the stream',
    env: { NODE_ENV: 'test', TEST_WITHOUT_CHAIN: 'true' },
  },
  'no-standby': {
    about: 'a connection that leads to a standby is used like any other',
    from: 'if (standby) {', to: 'if (false) {',
  },
} as const satisfies Readonly<Record<string, TakenOut>>;

export type Protection = keyof typeof protections;

export function isProtection(name: string): name is Protection {
  return Object.hasOwn(protections, name);
}

/** The text to replace; undefined for a protection that a variable switches off. */
export function changeOf(name: Protection): { readonly from: string; readonly to: string } | undefined {
  const protection: TakenOut = protections[name];
  return 'from' in protection ? protection : undefined;
}

/** The hook writes this to stderr when it has replaced the text. */
export const TAKEN_OUT = 'CHAOS: taken out:';

/** The variables that take the protection out of a process; none for undefined. */
export function protectionEnv(name: Protection | undefined): Readonly<Record<string, string>> {
  if (name === undefined) return {};
  const protection: TakenOut = protections[name];
  if ('env' in protection) return protection.env;
  return { NODE_OPTIONS: `--import=${join(import.meta.dirname, 'take-out-hook.ts')}`, CHAOS_TAKE_OUT: name };
}
