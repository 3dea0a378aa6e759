/**
 * Pages for people: the documentation, where calls can be tried, and one page for each error code. They load nothing from
 * other origins, and the Content-Security-Policy of each tells the browser so.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { ErrorCode } from '@inventory/domain/errors.ts';
import type { Answer } from '../commit/command.ts';
import type { Contract } from '../http/endpoint/endpoint.ts';
import { problemTypes } from '../http/problems.ts';
import { advice } from './advice.ts';
import { codesOf, problemExample } from './problem.ts';

const START = `window.ui = SwaggerUIBundle({
  url: 'openapi.json', dom_id: '#ui', deepLinking: true, tryItOutEnabled: true, validatorUrl: null,
});
`;

const DOCS = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Inventory API</title>
<link rel="stylesheet" href="docs/swagger-ui.css">
<script src="docs/swagger-ui-bundle.js" defer></script>
<script src="docs/start.js" defer></script>
</head>
<body>
<noscript>This page needs JavaScript; the document itself is <a href="openapi.json">openapi.json</a>.</noscript>
<div id="ui"></div>
</body>
</html>
`;

const CLOSED = 'base-uri \'none\'; form-action \'none\'; frame-ancestors \'none\'';
// [Seen in headless Chromium 153 on 2026-11-24: the page loads, takes a token and tries calls without a violation.]
const DOCS_POLICY = 'default-src \'none\'; script-src \'self\'; style-src \'self\'; img-src \'self\' data:; '
  + `connect-src 'self'; ${CLOSED}`;

const STYLE = 'body{font:16px/1.5 system-ui,sans-serif;max-width:44rem;margin:3rem auto;padding:0 1rem}'
  + 'pre{overflow:auto;background:#f4f4f4;padding:1rem}';
const styleHash = createHash('sha256').update(STYLE).digest('base64');
const PAGE_POLICY = `default-src 'none'; style-src 'sha256-${styleHash}'; ${CLOSED}`;

function page(type: string, text: string | Buffer, policy: string, cacheControl = 'no-cache'): Answer {
  const headers = { 'content-type': type, 'content-security-policy': policy, 'cache-control': cacheControl };
  return { status: 200, headers, body: Buffer.from(text) };
}

export function docsPage(): Answer {
  return page('text/html; charset=utf-8', DOCS, DOCS_POLICY);
}

/** The files that the documentation page loads, by their name below /docs. */
export function docsAssets(): ReadonlyMap<string, Answer> {
  const vendored = (name: string): Buffer =>
    readFileSync(fileURLToPath(import.meta.resolve(`swagger-ui-dist/${name}`)));
  const asset = (type: string, text: string | Buffer): Answer =>
    page(`${type}; charset=utf-8`, text, `default-src 'none'; ${CLOSED}`, 'public, max-age=3600');
  return new Map([
    ['swagger-ui.css', asset('text/css', vendored('swagger-ui.css'))],
    ['swagger-ui-bundle.js', asset('text/javascript', vendored('swagger-ui-bundle.js'))],
    ['start.js', asset('text/javascript', START)],
  ]);
}

/** A text as it stands in a page, or there between double quotes. */
export function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

function itemOf({ method, path }: Contract): string {
  return `<li><code>${method.toUpperCase()} ${path}</code></li>`;
}

/** The page that a problem's `type` points to. */
export function problemPage(code: ErrorCode, contracts: readonly Contract[]): Answer {
  const { status, title, retryable } = problemTypes[code];
  const from = contracts.filter((contract) => codesOf(contract).includes(code));
  const list = from.length === contracts.length ? '<p>Any endpoint may answer with it.</p>'
    : `<ul>\n${from.map(itemOf).join('\n')}\n</ul>`;
  const again = retryable ? 'The same request may succeed later.' : 'The same request will not succeed by itself.';
  return page('text/html; charset=utf-8', `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${code}: ${escaped(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${escaped(title)}</h1>
<p><code>${code}</code>, status ${status}. ${again}</p>
<p>${escaped(advice[code])}</p>
<h2>An example</h2>
<pre>${escaped(JSON.stringify(problemExample(code), null, 2))}</pre>
<h2>Which endpoints answer with it</h2>
${list}
<p><a href="../docs">All endpoints</a></p>
</body>
</html>
`, PAGE_POLICY);
}
