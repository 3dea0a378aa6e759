/** Loaded into a process from which a protection is taken out: see take-out.ts. */
import { registerHooks } from 'node:module';
import { changesOf, isProtection, TAKEN_OUT } from './take-out.ts';

const name = process.env['CHAOS_TAKE_OUT'] ?? '';
const changes = isProtection(name) ? changesOf(name) : [];
if (changes.length === 0) throw new Error(`CHAOS_TAKE_OUT=${name}: there is no such text`);

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    if (!/\/(?:packages|db)\//.test(url) || loaded.source == null) return loaded;
    let source = typeof loaded.source === 'string' ? loaded.source : new TextDecoder().decode(loaded.source);
    for (const [nth, { from, to }] of changes.entries()) {
      if (!source.includes(from)) continue;
      source = source.replace(from, () => to);
      process.stderr.write(`${TAKEN_OUT} ${name} ${nth + 1} from ${url}\n`);
    }
    return { ...loaded, source };
  },
});
