/**
 * The files that packages/client has from docs/openapi.json: the types (by openapi-typescript), method and path of each
 * operation, and the codes of problems. A caller of the client passes parameters and body in one object, so each name must
 * have one place. An operation for which that does not hold fails here, when the files are generated.
 */
import { openApiText } from '@inventory/api/generate.ts';
import openapiTS, { astToString } from 'openapi-typescript';
import { z } from 'zod';

const MADE = '// Generated from docs/openapi.json: npm run generate writes it.\n';

const parameter = z.union([
  z.object({ name: z.string(), in: z.string() }),
  z.object({ $ref: z.string() }).transform(({ $ref }) => ({ name: $ref.split('/').at(-1) ?? '', in: 'header' })),
]);
const operation = z.object({
  operationId: z.string(), summary: z.string(), parameters: z.array(parameter),
  requestBody: z.object({
    content: z.record(z.string(), z.object({ schema: z.object({ properties: z.record(z.string(), z.unknown()) }) })),
  }).optional(),
  responses: z.record(z.string(), z.object({ content: z.record(z.string(), z.unknown()).optional() })),
});
const openApi = z.object({
  components: z.object({ schemas: z.object({ Problem: z.object({ properties: z.object({ code: z.object({ enum: z.array(z.string()) }) }) }) }) }),
  paths: z.record(z.string(), z.record(z.string(), operation)),
});

/** Writes that change nothing that anybody would see twice: a ticket more is no harm. */
const MOVES_NOTHING: readonly string[] = ['createStreamTicket'];

type Operation = z.output<typeof operation>;

/** What packages/client/generated/openapi.ts should say. */
export async function clientTypesText(): Promise<string> {
  return `${MADE}${astToString(await openapiTS(openApiText(), { silent: true }))}`;
}

/**
 * What packages/client/generated/operations.ts should say.
 * @throws {Error} if the client cannot express an operation
 */
export function clientOperationsText(): string {
  const { components, paths } = openApi.parse(JSON.parse(openApiText()));
  const codes = components.schemas.Problem.properties.code.enum;
  // An event stream is no answer that ends: `watch` reads it.
  const ends = ({ responses }: Operation): boolean => responses['200']?.content?.['text/event-stream'] === undefined;
  const entries = Object.entries(paths).flatMap(([path, methods]) => Object.entries(methods).filter(([, found]) => ends(found)).map(([method, found]) => {
    refuseAmbiguous(method, found);
    const names = found.parameters.filter((each) => each.in === 'query').map(({ name }) => name);
    const cursor = ['cursor', 'after'].find((name) => names.includes(name));
    const row = [method.toUpperCase(), path, ...(cursor === undefined ? [] : [cursor])];
    return `  /** ${found.summary} */\n  ${found.operationId}: [${row.map((each) => `'${each}'`).join(', ')}],\n`;
  }));
  return `${MADE}/** By operationId: the method, the path, and for a list the parameter that carries its cursor. */
export const operations = {\n${entries.join('')}} as const;\n
/** The codes of problems that the document lists. */
export const problemCodes: ReadonlySet<string> = new Set([\n${codes.map((code) => `  '${code}',\n`).join('')}]);\n`;
}

function refuseAmbiguous(method: string, { operationId, parameters, requestBody }: Operation): void {
  const namesIn = (place: string): readonly string[] => parameters.filter((each) => each.in === place).map(({ name }) => name);
  const members = Object.values(requestBody?.content ?? {}).flatMap(({ schema }) => Object.keys(schema.properties));
  const refuse = (why: string): never => {
    throw new Error(`packages/client cannot express ${operationId}: ${why}`);
  };
  const writes = ['post', 'put', 'patch'].includes(method);
  if (writes && namesIn('query').length > 0) refuse('a write with a query');
  if (!writes && members.length > 0) refuse('a body where none is sent');
  const takesKey = writes && !MOVES_NOTHING.includes(operationId);
  if (takesKey !== namesIn('header').includes('IdempotencyKey')) refuse('every POST, PUT and PATCH that moves something takes an Idempotency-Key, and nothing else does');
  for (const name of namesIn('path')) {
    if (members.includes(name) || namesIn('query').includes(name)) refuse(`two places for ${name}`);
  }
}
