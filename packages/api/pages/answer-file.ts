/** Answers with a file: 304 where the browser has it, compressed where it may be, and under a policy of its own. */
import type { BoardFile } from '@inventory/board/bundle.ts';
import type { Request, Response } from 'express';
import { send } from '../http/answer.ts';
import { isKnown } from '../http/endpoint/etag.ts';

/** @param policy the Content-Security-Policy; @param vary what else the answer depends on, beside Accept-Encoding */
export function answerFile(req: Request, res: Response, file: BoardFile, { policy, vary = '' }: { readonly policy: string; readonly vary?: string }): void {
  const zipped = req.acceptsEncodings('gzip') === 'gzip';
  const { body, etag } = zipped ? file.gzip : file;
  const headers = {
    'content-type': file.type, 'content-security-policy': policy, etag, 'cache-control': 'no-cache', 'vary': `Accept-Encoding${vary}`,
    ...(zipped ? { 'content-encoding': 'gzip' } : {}),
  };
  send(res, isKnown(req, etag) ? { status: 304, headers, body: Buffer.alloc(0) } : { status: 200, headers, body });
}
