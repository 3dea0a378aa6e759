import { z } from 'zod';
import type { ConfigSpec } from './config.ts';
import { redactUrls } from './redact.ts';
import { layersOf, traitsOf } from './variables.ts';

/** The configuration as lines `NAME=value`, without secrets: `--print-config`. */
export function printConfig<C extends object>(spec: ConfigSpec<C>, config: C): string {
  const values = new Map<string, unknown>(Object.entries(config));
  const lines = Object.entries(spec.shape).map(([name, schema]) => `${name}=${shown(schema, values.get(name))}`);
  return `${lines.join('\n')}\n`;
}

function shown(schema: z.ZodType, value: unknown): string {
  if (value === undefined) return '(not set)';
  const { kind, secret } = traitsOf(schema);
  // What matters of a URL, host and database, is no secret; a stranger's secret is.
  if (secret === true && kind !== 'url') return '***';
  return redactUrls(typeof value === 'string' ? value.replaceAll('\n', '\\n') : String(value));
}

type Documented = {
  readonly description: string;
  readonly traits: ReturnType<typeof traitsOf>;
  readonly defaultText: string | undefined;
  readonly optional: boolean;
  readonly example: string;
};

/** The text of .env.example: each variable once, the required ones to be filled in, the others commented out. */
export function envExample<C>(specs: readonly ConfigSpec<C>[]): string {
  const byName = new Map<string, Map<string, Documented>>();
  for (const spec of specs) {
    for (const [name, schema] of Object.entries(spec.shape)) {
      const variable = byName.get(name) ?? new Map<string, Documented>();
      variable.set(spec.name, documented(schema));
      byName.set(name, variable);
    }
  }
  const blocks = [...byName].map(([name, byProcess]) => block(name, byProcess));
  return `# Generated from the configuration of ${specs.map(({ name }) => name).join(', ')}.\n\n${blocks.join('\n')}`;
}

function block(name: string, byProcess: ReadonlyMap<string, Documented>): string {
  const [first] = byProcess.values();
  if (first === undefined) return '';
  const { kind, secret, file } = first.traits;
  const defaults = new Set([...byProcess.values()].map(({ defaultText }) => defaultText));
  const facts = [kind];
  if (secret === true) facts.push('secret');
  if (file === true) facts.push(`or ${name}_FILE`);
  if (defaults.size > 1) {
    const each = [...byProcess].map(([process, variable]) => `${process} ${variable.defaultText ?? 'none'}`);
    facts.push(`default ${each.join(', ')}`);
  } else if (first.defaultText !== undefined) {
    facts.push(`default ${first.defaultText}`);
  } else {
    facts.push(first.optional ? 'optional' : 'required');
  }
  const needed = first.defaultText === undefined && !first.optional;
  const value = defaults.size > 1 ? '' : (first.defaultText ?? first.example);
  const line = `${needed ? '' : '# '}${name}=${value}`;
  return `# ${first.description}\n# (${facts.join('; ')}; ${[...byProcess.keys()].join(', ')})\n${line}\n`;
}

function documented(schema: z.ZodType): Documented {
  const layers = layersOf(schema);
  const metas = layers.map((layer) => layer.meta());
  const traits = traitsOf(schema);
  const withDefault = layers.find((layer) => layer instanceof z.ZodDefault);
  return {
    description: metas.find((meta) => meta?.description !== undefined)?.description ?? '',
    traits,
    defaultText: traits.defaultText ?? (withDefault === undefined ? undefined : String(withDefault.def.defaultValue)),
    optional: layers.some((layer) => layer instanceof z.ZodOptional),
    example: String(metas.flatMap((meta) => (Array.isArray(meta?.['examples']) ? meta['examples'] : [])).at(0) ?? ''),
  };
}
