/** The configuration as text: what a process prints, .env.example, and the table of variables. */
import { z } from 'zod';
import type { ConfigSpec } from './config.ts';
import { redactUrls } from '../redact.ts';
import { layersOf, traitsOf } from './variables.ts';

/** Lines `NAME=value`, without secrets: what `--print-config` prints. */
export function printConfig<C extends object>(spec: ConfigSpec<C>, config: C): string {
  const values = new Map<string, unknown>(Object.entries(config));
  const lines = Object.entries(spec.shape).map(([name, schema]) => `${name}=${shown(schema, values.get(name))}`);
  return `${lines.join('\n')}\n`;
}

function shown(schema: z.ZodType, value: unknown): string {
  if (value === undefined) return '(not set)';
  const { kind, secret } = traitsOf(schema);
  // Of a URL, host and database are no secret, and its password is hidden below; any other secret is hidden whole.
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

/** The text of .env.example: each variable once; required ones are to be filled in, the others are commented out. */
export function envExample<C>(specs: readonly ConfigSpec<C>[]): string {
  const blocks = gather(specs).map(block);
  return `# Generated from the configuration of ${specs.map(({ name }) => name).join(', ')}.\n\n${blocks.join('\n')}`;
}

/** The same as a Markdown table, with a row for each variable. */
export function variablesTable<C>(specs: readonly ConfigSpec<C>[]): string {
  const rows = gather(specs).map((variable) => {
    const { name, first: { description, traits: { kind, secret, file } }, byProcess } = variable;
    const supplied = [...(secret === true ? ['secret'] : []), ...(file === true ? [`\`${name}_FILE\``] : [])];
    const processes = byProcess.size === specs.length ? 'all' : [...byProcess.keys()].join(', ');
    return [`\`${name}\``, kind, defaultOf(variable), processes, description, supplied.join('; ')];
  });
  const lines = [['Variable', 'Type', 'Default', 'Process', 'Meaning', 'Secret; or a file'], Array<string>(6).fill('---'), ...rows];
  return lines.map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`).join('\n');
}

type Variable = {
  readonly name: string;
  /** As the first process has it. Between processes only the default may differ. */
  readonly first: Documented;
  readonly byProcess: ReadonlyMap<string, Documented>;
};

function gather<C>(specs: readonly ConfigSpec<C>[]): readonly Variable[] {
  const found = new Map<string, { first: Documented; byProcess: Map<string, Documented> }>();
  for (const spec of specs) {
    for (const [name, schema] of Object.entries(spec.shape)) {
      const own = documented(schema);
      const variable = found.get(name) ?? { first: own, byProcess: new Map<string, Documented>() };
      variable.byProcess.set(spec.name, own);
      found.set(name, variable);
    }
  }
  return [...found].map(([name, variable]) => ({ name, ...variable }));
}

const sameDefault = ({ byProcess }: Variable): boolean =>
  new Set([...byProcess.values()].map(({ defaultText }) => defaultText)).size === 1;

/** The default in words, for each process where they differ; `required` or `optional` where there is none. */
function defaultOf(variable: Variable): string {
  const { first, byProcess } = variable;
  if (!sameDefault(variable)) {
    return [...byProcess].map(([process, { defaultText }]) => `${process} ${defaultText ?? 'none'}`).join(', ');
  }
  return first.defaultText ?? (first.optional ? 'optional' : 'required');
}

function block(variable: Variable): string {
  const { name, first, byProcess } = variable;
  const { kind, secret, file } = first.traits;
  const none = first.defaultText === undefined && sameDefault(variable);
  const facts = [
    kind, ...(secret === true ? ['secret'] : []), ...(file === true ? [`or ${name}_FILE`] : []),
    `${none ? '' : 'default '}${defaultOf(variable)}`,
  ];
  const needed = first.defaultText === undefined && !first.optional;
  const value = sameDefault(variable) ? (first.defaultText ?? first.example) : '';
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
