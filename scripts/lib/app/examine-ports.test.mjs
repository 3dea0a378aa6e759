// @ts-check
import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect } from 'chai';
import { examinePorts } from './examine-ports.mjs';

const same = (/** @type {string} */ text) => text;

describe('npm run doctor', () => {
  it('names a port of its own for each process, also where the usual ones are taken', async () => {
    const servers = await Promise.all([9464, 9465, 9466].map(async (port) => {
      const server = createServer();
      server.listen(port, '127.0.0.1');
      // Where somebody has it already it is taken all the same.
      await once(server, 'listening').catch(() => undefined);
      return server;
    }));
    try {
      let said = '';
      await examinePorts({ green: same, dim: same, say: (line = '') => { said += `${line}\n`; } });
      const ports = [...said.matchAll(/(?:port|would use) (\d+)$/gm)].map(([, port]) => port);
      expect(ports).to.have.length(4);
      expect(new Set(ports).size, said).to.equal(4);
    } finally {
      for (const server of servers) server.close();
    }
  });
});
