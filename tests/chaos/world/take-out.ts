/**
 * Builds with a protection taken out, to see that the rig catches them. Nothing of the product is changed on disk: where
 * it has no variable for that, its processes are started with a module hook that changes one text of the source while it
 * is loaded (take-out-hook.ts).
 */
import { join } from 'node:path';

export type TakenOut = { readonly about: string } & (
  /** What stands in the source, once, and what is loaded in its place. */
  | { readonly from: string; readonly to: string }
  /** Variables of the product that are there for tests. */
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
} as const satisfies Readonly<Record<string, TakenOut>>;

export type Protection = keyof typeof protections;

export function isProtection(name: string): name is Protection {
  return Object.hasOwn(protections, name);
}

/** The text to change, of a protection that needs it. */
export function changeOf(name: Protection): { readonly from: string; readonly to: string } | undefined {
  const protection: TakenOut = protections[name];
  return 'from' in protection ? protection : undefined;
}

/** What the hook writes to stderr of each process in which it has found the text. */
export const TAKEN_OUT = 'CHAOS: taken out:';

/** What a process is started with; nothing for undefined. */
export function protectionEnv(name: Protection | undefined): Readonly<Record<string, string>> {
  if (name === undefined) return {};
  const protection: TakenOut = protections[name];
  if ('env' in protection) return protection.env;
  return { NODE_OPTIONS: `--import=${join(import.meta.dirname, 'take-out-hook.ts')}`, CHAOS_TAKE_OUT: name };
}
