// @ts-check
import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect } from 'chai';
import { freePort, nextFreePort } from './ports.mjs';

describe('nextFreePort', () => {
  it('takes the wanted port when it is free', async () => {
    const port = await freePort();
    expect(await nextFreePort(port)).to.equal(port);
  });

  it('passes over ports that are taken or promised', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    try {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      expect(await nextFreePort(port)).to.be.greaterThan(port);
      expect(await nextFreePort(port, new Set([port + 1]))).to.be.greaterThan(port + 1);
    } finally {
      server.close();
    }
  });
});
