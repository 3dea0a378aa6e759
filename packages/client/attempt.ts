/** One attempt of a call: the request as fetch sends it, and its outcome, which is an answer or a failure. */
import { operations } from './generated/operations.ts';
import type { Failure } from './problems.ts';
import { retryAfterMs, uuidv7 } from './time.ts';

export type OperationId = keyof typeof operations;

/** What the headers of a request say. */
export interface Said {
  /** Names a change that is to happen once, however often it is asked for. Each call gets a new one unless it is given. */
  readonly idempotencyKey?: string;
  /** A version, or an ETag as the API answered it. */
  readonly ifMatch?: number | string;
  readonly ifNoneMatch?: string;
  /** Your name for the request: it appears in the API's log. */
  readonly requestId?: string;
  readonly traceparent?: string;
}

export interface Request {
  readonly method: string;
  readonly url: string;
  readonly headers: Headers;
  readonly body: string | null;
  /** Whether it may be sent again after the answer was lost. */
  readonly repeatable: boolean;
}

export interface Answer extends Pick<Failure, 'status' | 'requestId' | 'retryAfterMs'> {
  readonly code: undefined;
  readonly headers: Headers;
  /** The parsed JSON, a string for any other type, undefined without a body. */
  readonly body: unknown;
}

/**
 * The request for an operation. Members of `input` that the path names go there; the others become the query of a GET or
 * DELETE, and the body of any other method.
 * @throws {TypeError} if a member of the path is missing or would lead to another path, or if a header cannot be sent
 */
export function requestTo(base: string, operation: OperationId, input: object, said: Said): Request {
  const [method, template] = operations[operation];
  const members = new Map<string, unknown>(Object.entries(input).filter(([, value]) => value !== undefined));
  const path = template.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = String(members.get(name) ?? '');
    if (/^\.{0,2}$/.test(value)) throw new TypeError(`${operation} needs ${name}`);
    members.delete(name);
    return encodeURIComponent(value);
  });
  const inUrl = method === 'GET' || method === 'DELETE';
  const query = new URLSearchParams([...members].map(([name, value]): [string, string] => [name, String(value)])).toString();
  const body = inUrl || members.size === 0 ? null : JSON.stringify(Object.fromEntries(members));
  const headers = new Headers(body === null ? {} : { 'content-type': 'application/json' });
  for (const [name, value] of Object.entries({
    'idempotency-key': inUrl ? undefined : said.idempotencyKey ?? uuidv7(), 'if-none-match': said.ifNoneMatch,
    'if-match': typeof said.ifMatch === 'number' ? `"${said.ifMatch}"` : said.ifMatch,
    'x-request-id': said.requestId, traceparent: said.traceparent,
  })) if (value !== undefined) headers.set(name, value);
  return { method, url: `${base}${path}${inUrl && query !== '' ? `?${query}` : ''}`, headers, body, repeatable: method !== 'DELETE' };
}

/** Sends the request once. Rejects as fetch does, if no answer comes or only a part of one. */
export async function send(request: Request, signal: AbortSignal, fetch: typeof globalThis.fetch): Promise<Answer | Failure> {
  const { url, repeatable, ...init } = request;
  // When fetch follows a redirect, it turns a POST into a GET.
  const response = await fetch(url, { ...init, signal, redirect: 'manual' });
  return read(response, await response.text(), repeatable);
}

/** The failure of an attempt that got no answer, or only a part of one. */
export function lost(cause: unknown, code: 'network_error' | 'deadline_exceeded', { repeatable }: Pick<Request, 'repeatable'>): Failure {
  const message = cause instanceof Error ? cause.message : String(cause);
  return { code, status: 0, message, requestId: undefined, retryable: repeatable, retryAfterMs: undefined, problem: {}, cause };
}

/** An answer of the API, or the failure that it is, by its head and its body. */
export function read({ ok, status, headers }: Response, text: string, repeatable: boolean): Answer | Failure {
  const common = { status, requestId: headers.get('x-request-id') ?? undefined, retryAfterMs: retryAfterMs(headers) };
  const isJson = /\bjson\b/.test(headers.get('content-type') ?? '');
  const body = text === '' ? undefined : isJson ? parsed(text) : text;
  // Every answer of the API has a request id. The page of a portal or proxy on the way has none.
  const isRead = isJson && text !== '' ? body !== undefined : common.requestId !== undefined;
  if (status === 304 || (ok && isRead)) return { ...common, code: undefined, headers, body };
  if (!ok && isProblem(body)) {
    return { ...common, code: body.code, message: body.detail ?? '', retryable: body.retryable === true, problem: body };
  }
  // A gateway's answer, or one that is cut off, does not tell whether the request took effect.
  const retryable = repeatable && (ok || [502, 503, 504].includes(status));
  return { ...common, code: 'unexpected_answer', message: `status ${status}, but no answer of the API`, retryable, problem: {} };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isProblem(body: unknown): body is Failure['problem'] & { readonly code: string } {
  return typeof body === 'object' && body !== null && 'code' in body && typeof body.code === 'string';
}
