// @ts-check
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { expect } from 'chai';
import { createPortClaims, freePort, nextFreePort } from './ports.mjs';

const RANGE = '/proc/sys/net/ipv4/ip_local_port_range';

describe('freePort', () => {
  it('finds each port once, and none that the system gives to whoever asks for none in particular', async () => {
    const ports = await Promise.all(Array.from({ length: 100 }, freePort));
    expect(new Set(ports).size).to.equal(100);
    const [first = Infinity] = existsSync(RANGE) ? readFileSync(RANGE, 'utf8').trim().split(/\s+/).map(Number) : [];
    expect(Math.max(...ports)).to.be.below(first);
  });
});

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

describe('the ports of a run', () => {
  it('are different ones, also when the default ports of all are taken and they are claimed at once', async () => {
    const first = await freePort();
    const taken = [first, first + 1, first + 2].map((port) => createServer().listen(port, '127.0.0.1'));
    await Promise.all(taken.map((server) => Promise.race([once(server, 'listening'), once(server, 'error')])));
    try {
      for (let n = 0; n < 7; n += 1) {
        const claim = createPortClaims();
        const ports = await Promise.all([first, first + 1, first + 2, first].map(claim));
        expect(new Set(ports).size, ports.join(' ')).to.equal(4);
        expect(Math.min(...ports)).to.be.above(first + 2);
      }
    } finally {
      for (const server of taken) server.close();
    }
  });
});
