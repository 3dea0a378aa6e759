/** Problems in the OpenAPI document: one schema, an example for each code, and the codes that any endpoint may answer with. */
import type { ErrorCode, ErrorDetails } from '@inventory/domain/errors.ts';
import { errorCodes } from '@inventory/domain/errors.ts';
import { z } from 'zod';
import type { Contract } from '../http/endpoint/endpoint.ts';
import { noBody } from '../http/endpoint/endpoint.ts';
import { heldLine } from '../http/held-line.ts';
import { problemAnswer, problemTypes } from '../http/problems.ts';
import type { Json } from './schema.ts';

const PRODUCT = '807acc38-bad3-5a9b-af8c-889c493a3230';

export const problem = z.object({
  type: z.string().meta({ format: 'uri-reference' }).describe('The page of this code'),
  title: z.string(),
  status: z.int().min(400).max(599),
  detail: z.string().describe('What happened, for people'),
  instance: z.string().describe('The path of the request'),
  code: z.enum(errorCodes).describe('What happened, for programs: a closed list'),
  request_id: z.string().describe('As in X-Request-Id; finds the line in the server\'s log'),
  retryable: z.boolean().describe('True if the same request may succeed later, unchanged, and is safe to repeat'),
  errors: z.array(z.object({
    pointer: z.string().describe('A JSON pointer (RFC 6901) into the body, the query or the path'), message: z.string(),
  })).max(20).optional(),
  lines: z.array(z.object({
    index: z.int(), product_id: z.uuid(), store_id: z.string(), requested: z.int(), available: z.int(),
  })).optional().describe('insufficient_stock: every short line'),
  holds: z.array(heldLine).optional().describe('insufficient_stock of a count: the holds that it would leave without their units, the youngest first, at most 20 of a row'),
  current_version: z.int().optional().describe('version_mismatch: the version now'),
  current_quantity: z.int().optional(),
  current_reserved: z.int().optional().describe('insufficient_stock of a count: the units that are held'),
  current_count: z.int().optional().describe('version_mismatch: how many there are now of what was to be changed together'),
  current_status: z.string().optional().describe('wrong_state: the status now'),
  confirmed_quantity: z.int().optional().describe('more_than_sold: the units that were sold'),
  returned_quantity: z.int().optional().describe('more_than_sold: those of them that have come back'),
  violated_policies: z.array(z.string()).optional().describe('quota_exceeded: the limits that were exceeded, as RateLimit names them'),
}).meta({ id: 'Problem', description: 'RFC 9457, application/problem+json' });

/** Codes that any request may be answered with, whatever it asks for. */
const ANY: readonly ErrorCode[] = [
  'validation_failed', 'bad_request', 'not_acceptable', 'request_timeout', 'uri_too_long', 'expectation_failed',
  'header_fields_too_large', 'quota_exceeded', 'internal_error', 'dependency_unavailable', 'overloaded',
];
const WITH_BODY: readonly ErrorCode[] = ['malformed_json', 'payload_too_large', 'unsupported_media_type'];

/** Every code that an endpoint may answer with, in the order of the closed list. */
export function codesOf({ access, body, problems, verb = 'read' }: Contract): readonly ErrorCode[] {
  const codes = new Set<ErrorCode>([
    ...ANY, ...problems, ...(access === 'public' ? [] : ['unauthenticated'] as const),
    ...(Object.is(body, noBody) ? [] : WITH_BODY), ...(verb === 'read' ? [] : ['forbidden'] as const),
  ]);
  return errorCodes.filter((code) => codes.has(code));
}

/** The message and the details in the example of a code. */
const details: Readonly<Partial<Record<ErrorCode, readonly [string, ErrorDetails]>>> = {
  validation_failed: ['The request does not fit its schema: see errors.', {
    errors: [{ pointer: '/quantity', message: 'Too small: expected number to be >=1' }],
  }],
  insufficient_stock: ['2 available, 5 requested.', {
    lines: [{ index: 0, product_id: PRODUCT, store_id: 'BCN-001', requested: 5, available: 2 }],
  }],
  wrong_state: ['The reservation is PENDING: only what was sold can come back.', { current_status: 'PENDING' }],
  more_than_sold: ['3 units were sold, 2 of them have come back: 2 more cannot.', { confirmed_quantity: 3, returned_quantity: 2 }],
  version_mismatch: ['The version is 8, not 7.', { current_version: 8, current_quantity: 40 }],
  quota_exceeded: ['500 requests a minute are allowed.', { retry_after_seconds: 12, violated_policies: ['customer'] }],
  dependency_unavailable: ['The database does not answer.', { retry_after_seconds: 1 }],
  lock_timeout: ['The stock is being changed by somebody else.', { retry_after_seconds: 1 }],
  overloaded: ['Too many requests wait for the database.', { retry_after_seconds: 1 }],
};

/** The body of a problem as it would be answered. */
export function problemExample(code: ErrorCode): Json {
  const [message, more] = details[code] ?? [`${problemTypes[code].title}.`, {}];
  const { body } = problemAnswer({ code, message, details: more }, {
    requestId: '01a20d19-1755-7b1c-8d55-0c5d3a9e7f10', instance: '/api/v1/stock', repeatable: true,
  });
  return z.record(z.string(), z.unknown()).parse(JSON.parse(body.toString()));
}
