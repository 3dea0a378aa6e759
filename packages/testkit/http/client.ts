/** An HTTP client for tests: it throws for no status and rejects when there is no answer. */
export type Answer = {
  readonly status: number;
  readonly headers: Headers;
  /** The fields of a JSON object; empty for anything else, which `text` still shows. */
  readonly body: Readonly<Record<string, unknown>>;
  readonly text: string;
};

type RequestOptions = {
  readonly headers?: Readonly<Record<string, string>>;
  /** Default 15 s: longer than any answer may take. */
  readonly timeoutMs?: number;
};

export type Client = {
  request(method: string, path: string, body?: unknown, options?: RequestOptions): Promise<Answer>;
  get(path: string, options?: RequestOptions): Promise<Answer>;
  post(path: string, body?: unknown, options?: RequestOptions): Promise<Answer>;
  put(path: string, body?: unknown, options?: RequestOptions): Promise<Answer>;
  /** The same client for somebody else. */
  as(token: string | undefined): Client;
};

/**
 * Creates an HTTP client for tests. It never throws because of a status. A string or Buffer is sent as it is, anything
 * else as JSON. Rejects when there is no answer.
 */
export function createClient(baseUrl: string, token?: string): Client {
  const request: Client['request'] = async (method, path, body, { headers = {}, timeoutMs = 15_000 } = {}) => {
    const raw = typeof body === 'string' || body instanceof Uint8Array;
    const response = await fetch(`${baseUrl}${path}`, {
      method,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: raw ? Buffer.from(body) : JSON.stringify(body) }),
      signal: AbortSignal.timeout(timeoutMs),
      redirect: 'manual',
    });
    const text = await textOf(response);
    return { status: response.status, headers: response.headers, text, body: parse(text, response.headers) };
  };
  return {
    request,
    get: (path, options) => request('GET', path, undefined, options),
    post: (path, body, options) => request('POST', path, body, options),
    put: (path, body, options) => request('PUT', path, body, options),
    as: (other) => createClient(baseUrl, other),
  };
}

/** Of an event stream, which has no end, the first piece. */
export async function textOf(response: Response): Promise<string> {
  if (!(response.headers.get('content-type') ?? '').startsWith('text/event-stream')) return response.text();
  const reader = response.body?.getReader();
  const first = await reader?.read();
  await reader?.cancel();
  return new TextDecoder().decode(first?.value);
}

function parse(text: string, headers: Headers): Readonly<Record<string, unknown>> {
  if (text === '' || !/\bjson\b/.test(headers.get('content-type') ?? '')) return {};
  const value: unknown = JSON.parse(text);
  return isRecord(value) ? value : {};
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
