import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createClient } from '@inventory/testkit/http/client.ts';
import { expect } from 'chai';
import express from 'express';
import type { ErrorRequestHandler, RequestHandler } from 'express';
import { inOrder } from './in-order.ts';

describe('handlers in order', () => {
  /** The answer when `handler` stands before another handler that answers. */
  async function told(handler: RequestHandler): Promise<string> {
    const app = express();
    app.use(inOrder(handler, (_req, res) => { res.end('the second'); }));
    app.use((_req, res) => { res.end('behind the row'); });
    const caught: ErrorRequestHandler = (error, _req, res, _next) => { res.end(`caught ${String(error)}`); };
    app.use(caught);
    const server = createServer(app);
    await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
    const address: AddressInfo | string | null = server.address();
    try {
      return (await createClient(`http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`).get('/')).text;
    } finally {
      server.close();
      server.closeAllConnections();
    }
  }

  it('go on after next() and next(null), as in Express', async () => {
    expect(await told((_req, _res, next) => { next(); })).to.equal('the second');
    expect(await told((_req, _res, next) => { next(null); })).to.equal('the second');
  });

  it('end with an error that one throws, rejects with or passes on', async () => {
    expect(await told(() => { throw new Error('thrown'); })).to.equal('caught Error: thrown');
    expect(await told(() => Promise.reject(new Error('rejected')))).to.equal('caught Error: rejected');
    expect(await told((_req, _res, next) => { next(new Error('given')); })).to.equal('caught Error: given');
  });
});
