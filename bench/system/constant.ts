/** What Express costs by itself: an app that answers a constant of the size of an availability. Prints its port. */
import express from 'express';

const BODY = {
  product_id: '0198c5f0-0000-7000-8000-000000000000', product_name: 'Laptop HP', total_available: 40,
  stores: [{ store_id: 'MAD-001', store_name: 'Madrid Centro', available: 40, reserved: 0, version: 2 }],
  as_of: '2026-01-01T00:00:00.000Z', source: 'cache',
};

const app = express();
app.get('/constant', (_req, res) => { res.json(BODY); });
const server = app.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.stdout.write(`${typeof address === 'object' && address !== null ? address.port : ''}\n`);
});
