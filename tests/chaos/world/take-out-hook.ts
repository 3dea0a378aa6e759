/** Loaded into a process from which a protection is taken out: see take-out.ts. */
import { registerHooks } from 'node:module';
import { changeOf, isProtection, TAKEN_OUT } from './take-out.ts';

const name = process.env['CHAOS_TAKE_OUT'] ?? '';
const change = isProtection(name) ? changeOf(name) : undefined;
if (change === undefined) throw new Error(`CHAOS_TAKE_OUT=${name}: there is no such text`);
const { from, to } = change;

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    if (!url.includes('/packages/') || loaded.source == null) return loaded;
    const source = typeof loaded.source === 'string' ? loaded.source : new TextDecoder().decode(loaded.source);
    if (!source.includes(from)) return loaded;
    process.stderr.write(`${TAKEN_OUT} ${name} from ${url}\n`);
    return { ...loaded, source: source.replace(from, () => to) };
  },
});
