/** `GET /`: what this is and where to go, as a page for people and as JSON for machines. */
import { boardFile } from '@inventory/board/bundle.ts';
import { createHash } from 'node:crypto';
import { Router } from 'express';
import type { RequestHandler } from 'express';
import { contextOf } from '../http/context.ts';
import { methodNotAllowed } from '../http/errors.ts';
import { answerFile } from './answer-file.ts';
import { BOARD_PATH } from './board.ts';

const STYLE = ':root{color-scheme:light dark;--bg:#f6f6f3;--card:#fff;--ink:#17191b;--soft:#5c6268;--line:#e2e2dc;--accent:#0a6e68}'
  + '@media(prefers-color-scheme:dark){:root{--bg:#101214;--card:#181b1e;--ink:#eceeef;--soft:#a3aab0;--line:#2a2e32;--accent:#4fc1b6}}'
  + 'body{margin:0;background:var(--bg);color:var(--ink);font:16px/1.5 system-ui,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}'
  + 'main{max-width:620px;margin:12vh auto;padding:0 20px}h1{font-size:28px;letter-spacing:-.02em;margin:0 0 8px}p{color:var(--soft);margin:0 0 24px}'
  + 'ul{list-style:none;margin:0;padding:0;display:grid;gap:10px}a{display:block;padding:14px 18px;background:var(--card);border:1px solid var(--line);'
  + 'border-radius:10px;color:inherit;text-decoration:none}a:hover,a:focus-visible{border-color:var(--accent);outline:none}b{color:var(--accent);display:block}'
  + 'span{color:var(--soft);font-size:14px}';
const POLICY = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; img-src 'self'; base-uri 'none'; `
  + 'form-action \'none\'; frame-ancestors \'none\'';

interface Way { readonly name: string; readonly href: string; readonly title: string; readonly more: string }

const waysOf = (board: boolean): readonly Way[] => [
  ...(board ? [
    { name: 'board', href: BOARD_PATH, title: 'The board', more: 'Every product in every store, live, and why each number is what it is' },
    { name: 'console', href: `${BOARD_PATH}/ops`, title: 'The console', more: 'For operators: how far each step is behind, and what to do' },
  ] : []),
  { name: 'docs', href: '/api/v1/docs', title: 'The API', more: 'Every call, to be tried' },
  { name: 'openapi', href: '/api/v1/openapi.json', title: 'OpenAPI', more: 'The same for programs' },
  { name: 'asyncapi', href: '/api/v1/asyncapi.json', title: 'AsyncAPI', more: 'The events that are published' },
];

/** @param board whether the board is served */
export function frontPage({ board }: { readonly board: boolean }): RequestHandler {
  const ways = waysOf(board);
  const about = 'One API for every shop of a chain and its web shop: stock, reservations and availability.';
  // Health is on the ops port alone, which no balancer forwards.
  const links = Object.fromEntries(ways.map(({ name, href }) => [name, href]));
  const machines = boardFile('page', Buffer.from(`${JSON.stringify({ name: 'inventory', description: about, api: '/api/v1', links })}\n`), 'application/json; charset=utf-8');
  const people = boardFile('page', Buffer.from(`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Inventory</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>Inventory</h1>
<p>${about}</p>
<ul>
${ways.map(({ href, title, more }) => `<li><a href="${href}"><b>${title}</b><span>${more}</span></a></li>`).join('\n')}
</ul>
</main>
</body>
</html>
`), 'text/html; charset=utf-8');
  const router = Router({ caseSensitive: true });
  router.route('/').get((req, res) => {
    contextOf(req).endpoint = '/';
    const file = req.accepts('application/json', 'text/html') === 'text/html' ? people : machines;
    answerFile(req, res, file, { policy: POLICY, vary: ', Accept' });
  }).all(methodNotAllowed('GET', 'HEAD'));
  return (req, res, next) => {
    if (req.path === '/') router(req, res, next);
    else next();
  };
}
