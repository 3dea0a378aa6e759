/**
 * The board's pages below /api/v1/board. They are no endpoints of the API: they are for people, take no token, and hold no
 * data. Whatever they show, the browser asks the API for, with the token of whoever looks. (decision 0044)
 */
import { boardFile, readBoard } from '@inventory/board/bundle.ts';
import type { BoardFile } from '@inventory/board/bundle.ts';
import { InventoryError } from '@inventory/domain/errors.ts';
import { Router } from 'express';
import type { Request, RequestHandler, Response } from 'express';
import { readFile } from 'node:fs/promises';
import { json, send } from '../http/answer.ts';
import { contextOf } from '../http/context.ts';
import { methodNotAllowed } from '../http/errors.ts';
import { escaped } from '../openapi/pages.ts';
import { answerFile } from './answer-file.ts';

export interface BoardRules {
  /** 'read' leaves out what changes anything. */
  readonly mode: 'read' | 'full';
  /** A file with tokens to choose from, which `npm start` writes; only for an API that listens on this machine alone. */
  readonly tokensFile: string | undefined;
  /** Where people sign in; undefined where they bring their tokens. */
  readonly provider?: IdentityProvider | undefined;
}

/** An identity provider at which the board signs people in, by OpenID Connect. It is the issuer of the tokens that the API verifies. */
interface IdentityProvider {
  readonly issuer: string;
  /** The id of the board there: a public client with PKCE. */
  readonly client: string;
  readonly scope: string;
  /** More parameters of each request, as a query; may be empty. */
  readonly parameters: string;
  /** Origins of its endpoints beside that of the issuer. */
  readonly origins: readonly string[];
}

/** Where it is. */
export const BOARD_PATH = '/api/v1/board';

const CLOSED = 'base-uri \'none\'; form-action \'none\'; frame-ancestors \'none\'';
const ASSET_POLICY = `default-src 'none'; ${CLOSED}`;

/** The paths of the pages: one file serves them all, and shows what the path says. */
const PAGES = ['/', '/products/:product', '/explain/:store/:product', '/ops', '/ops/parked', '/ops/replays', '/ops/consistency'] as const;

const THIS_MACHINE = /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/;

/** The pages ask this server, and for signing in the identity provider, where there is one. */
function policyFor(provider: IdentityProvider | undefined): string {
  const origins = provider === undefined ? [] : [new URL(provider.issuer).origin, ...provider.origins];
  return `default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src ${['\'self\'', ...origins].join(' ')}; ${CLOSED}`;
}

function shell({ mode, tokensFile, provider }: BoardRules): BoardFile {
  const signIn = provider === undefined ? {} : { issuer: provider.issuer, client: provider.client, scope: provider.scope, parameters: provider.parameters };
  const data = Object.entries({ board: mode, ...(tokensFile === undefined ? {} : { offers: 'tokens' }), ...signIn }).map(([name, value]) => ` data-${name}="${escaped(value)}"`).join('');
  return boardFile('page', Buffer.from(`<!doctype html>
<html lang="en"${data}>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>Inventory</title>
<link rel="icon" href="${BOARD_PATH}/assets/mark.svg">
<link rel="stylesheet" href="${BOARD_PATH}/assets/look.css">
<script type="module" src="${BOARD_PATH}/assets/start.js"></script>
</head>
<body>
<div id="app"></div>
<noscript>The board needs JavaScript. The API does not: its documentation is at <a href="/api/v1/docs">/api/v1/docs</a>.</noscript>
</body>
</html>
`), 'text/html; charset=utf-8');
}

/** Routes of the pages, relative to BOARD_PATH. Their files are made for the first request, and made again after a failure. */
export function boardPages(rules: BoardRules): RequestHandler {
  const { tokensFile } = rules;
  const [page, policy] = [shell(rules), policyFor(rules.provider)];
  let reading: Promise<ReadonlyMap<string, BoardFile>> | undefined;
  const files = () => {
    reading ??= readBoard();
    reading.catch(() => { reading = undefined; });
    return reading;
  };
  const router = Router({ caseSensitive: true });
  const get = (paths: string | readonly string[], answer: (req: Request, res: Response) => void | Promise<void>): void => {
    for (const path of [paths].flat()) {
      router.route(path).get((req, res) => {
        contextOf(req).endpoint = '/board';
        return answer(req, res);
      }).all(methodNotAllowed('GET', 'HEAD'));
    }
  };
  get(PAGES, (req, res) => { answerFile(req, res, page, { policy }); });
  get('/assets/:name', async (req, res) => {
    const file = (await files()).get(String(req.params['name']));
    if (file === undefined) throw new InventoryError('not_found', 'There is no such file.');
    answerFile(req, res, file, { policy: ASSET_POLICY });
  });
  get('/tokens', async (req, res) => {
    // A page of another site that has its name lead to this machine sends that name.
    if (tokensFile === undefined || !THIS_MACHINE.test(req.get('host') ?? '')) throw new InventoryError('not_found', 'There is nothing at this path.');
    const tokens: object = JSON.parse(await readFile(tokensFile, 'utf8'));
    send(res, json(200, tokens, { 'cache-control': 'no-store' }));
  });
  return router;
}
