/** The configuration of a process: declared as data, read from the environment, checked before anything is connected. */
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { z } from 'zod';
import { durationMs, logLevel, oneOf, port, positiveInt, secret, shownDefault, text, traitsOf, url } from './variables.ts';

export {
  durationMs, flag, listOf, logLevel, oneOf, orFile, port, positiveInt, secret, text, url, urlList,
} from './variables.ts';

export type Env = Readonly<Record<string, string | undefined>>;

type Shape = Readonly<Record<string, z.ZodType>>;
type Values<S extends Shape> = z.output<z.ZodObject<S>>;

/** A rule about several variables. It is checked when each of those in `of` is right by itself. */
type ConfigRule<C> = {
  readonly of: readonly (keyof C & string)[];
  holds(config: C): boolean;
  /** A whole sentence that names the variables. */
  readonly problem: string;
};

/** The configuration of one process as data: its variables and their rules. */
export type ConfigSpec<C> = {
  readonly name: string;
  readonly shape: Shape;
  parse(input: Env): { readonly config: C } | { readonly issues: readonly z.core.$ZodIssue[] };
};

/** Thrown by readConfig. Each problem names its variable, and none holds the value of a secret. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly string[];

  constructor(process: string, problems: readonly string[]) {
    super(`${process}: ${problems.length === 1 ? '1 problem' : `${problems.length} problems`} in the configuration`);
    this.problems = problems;
  }
}

/** The error in lines for a person: how many problems, then each of them. */
export function explainConfigError({ message, problems }: ConfigError): string {
  return [message, ...problems.map((problem) => `  ${problem}`)].join('\n');
}

/** Defines the configuration of a process. Each variable is a schema from this file with `.describe()`. */
export function defineConfig<const S extends Shape>(options: {
  readonly name: string;
  readonly shape: S;
  readonly rules?: readonly ConfigRule<Values<S>>[];
}): ConfigSpec<Values<S>> {
  let schema: z.ZodType<Values<S>> = z.object(options.shape);
  for (const rule of options.rules ?? []) {
    const ownVariables = new Set<PropertyKey>(rule.of);
    schema = schema.refine((config) => rule.holds(config), {
      message: rule.problem,
      when: ({ issues }) => !issues.some((issue) => issue.path?.some((name) => ownVariables.has(name)) === true),
    });
  }
  return {
    name: options.name,
    shape: options.shape,
    parse(input) {
      const result = schema.safeParse(input);
      return result.success ? { config: result.data } : { issues: result.error.issues };
    },
  };
}

/** Reads a configuration from an environment. Throws ConfigError with all problems at once. */
export function readConfig<C>(spec: ConfigSpec<C>, env: Env): C {
  const problems: string[] = [];
  const unreadable = new Set<string>();
  const input: Record<string, string> = {};
  for (const [name, schema] of Object.entries(spec.shape)) {
    try {
      const value = valueOf(name, schema, env);
      if (value !== undefined) input[name] = value;
    } catch (error) {
      unreadable.add(name);
      problems.push(error instanceof Error ? error.message : String(error));
    }
  }
  const result = spec.parse(input);
  if ('config' in result && problems.length === 0) return result.config;
  if ('issues' in result) {
    for (const issue of result.issues) {
      const name = issue.path[0];
      if (typeof name !== 'string') problems.push(issue.message);
      else if (!unreadable.has(name)) problems.push(problemOf(name, spec.shape[name], input[name], issue.message));
    }
  }
  throw new ConfigError(spec.name, problems);
}

/** The value of a variable: its own, or the content of the file that NAME_FILE names, where the variable allows that. */
function valueOf(name: string, schema: z.ZodType, env: Env): string | undefined {
  const path = env[`${name}_FILE`];
  if (path === undefined || traitsOf(schema).file !== true) return env[name];
  if (env[name] !== undefined) throw new Error(`${name} and ${name}_FILE are both set, which one is meant?`);
  try {
    return readFileSync(path, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    throw new Error(`${name}_FILE names a file that cannot be read (${code})`, { cause: error });
  }
}

function problemOf(name: string, schema: z.ZodType | undefined, value: string | undefined, rule: string): string {
  const description = schema?.description ?? '';
  if (value === undefined) return `${name} is required${description === '' ? '' : `: ${description}`}`;
  const { secret: hidden, kind } = schema === undefined ? { secret: true, kind: '' } : traitsOf(schema);
  // A URL may carry a password, and in a value that is refused nobody knows where.
  if (hidden === true || kind === 'url') return `${name} ${rule}`;
  return `${name} ${rule}, not ${JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value)}`;
}

/** The environment of this process; the only place in the runtime that reads it. */
export function processEnv(): Env {
  return process.env;
}

/**
 * The variables that every process has. `opsPort` is the process's own default, `problemOf` says what is wrong with a URL of
 * PostgreSQL.
 */
export function commonShape(opsPort: number, problemOf?: (text: string) => string | undefined) {
  return {
    DATABASE_URL: secret(url(['postgres:', 'postgresql:'], problemOf)).meta({
      description: 'PostgreSQL, the truth',
      examples: ['postgres://user:password@127.0.0.1:5432/database'],
    }),
    POSTGRES_IDENTITY: oneOf('on', 'off').default('on')
      .describe('off where a managed server does not say which one it is; a promoted standby is not noticed then'),
    PG_POOL_MAX: positiveInt(1000).default(25).describe('Connections of this process to PostgreSQL, at most, of all kinds together'),
    PG_CONNECTION_LIFETIME_SECONDS: positiveInt(86_400).default(300)
      .describe('A connection to PostgreSQL is replaced after this many seconds'),
    LOG_LEVEL: logLevel().default('info').describe('Least important level that is logged'),
    INSTANCE_ID: shownDefault(text({ maxLength: 100 }).default(() => `${hostname()}-${process.pid}`), 'hostname-pid')
      .describe('Names this process in logs and reports'),
    OPS_HOST: text({ maxLength: 255 }).default('127.0.0.1').describe('Address of /livez, /readyz and /metrics'),
    OPS_PORT: port().default(opsPort).describe('Port of /livez, /readyz and /metrics; 0 takes any free one'),
    SHUTDOWN_DELAY_MS: durationMs(600_000).default(0)
      .describe('After SIGTERM: how long to go on serving while not ready, until the balancer has noticed'),
    SHUTDOWN_DEADLINE_MS: durationMs(600_000).default(25_000)
      .describe('After that: how long the work in hand may take'),
    TEST_FAULT_POINT: text({ maxLength: 100 }).optional()
      .describe('Tests only: the named point at which this process kills itself'),
  };
}

export type CommonConfig = Values<ReturnType<typeof commonShape>>;
