import { expect } from 'chai';
import { createMetrics } from './metrics.ts';
import { startOpsServer, type OpsServer } from './ops.ts';
import { createReadiness } from './readiness.ts';

describe('ops server', () => {
  const readiness = createReadiness();
  const metrics = createMetrics({ process: 'demo', instance: 'demo-1' });
  let server: OpsServer;
  before(async () => {
    server = await startOpsServer({ host: '127.0.0.1', port: 0, registry: metrics.registry, readiness });
  });
  after(() => server.close());

  const get = async (path: string, method = 'GET') => {
    const response = await fetch(`http://127.0.0.1:${server.port}${path}`, { method });
    return { status: response.status, text: await response.text(), type: response.headers.get('content-type') };
  };

  it('is alive and ready as long as no required check fails', async () => {
    readiness.set('cache', { ok: false, required: false, detail: 'away' });
    expect(await get('/livez')).to.include({ status: 200, text: 'ok\n' });
    expect(await get('/readyz')).to.include({ status: 200, text: 'ok\n' });
  });

  it('is not ready while a required check fails, and says which', async () => {
    readiness.set('database', { ok: false, required: true, detail: 'no route' });
    expect(await get('/readyz')).to.include({ status: 503, text: 'not ready: database\n' });
    expect((await get('/livez')).status).to.equal(200);
    const verbose = await get('/readyz?verbose');
    expect(verbose.status).to.equal(503);
    expect(JSON.parse(verbose.text)).to.deep.equal({
      ready: false,
      checks: [
        { name: 'cache', ok: false, required: false, detail: 'away' },
        { name: 'database', ok: false, required: true, detail: 'no route' },
      ],
    });
    readiness.set('database', { ok: true, required: true, detail: 'connected' });
    expect((await get('/readyz')).status).to.equal(200);
  });

  it('serves the metrics', async () => {
    const { status, text, type } = await get('/metrics');
    expect(status).to.equal(200);
    expect(type).to.match(/^text\/plain/);
    expect(text).to.contain('process_info');
  });

  it('answers 500 and lives on when a metric cannot be collected', async () => {
    metrics.gauge({ name: 'broken', help: 'h', collect: () => { throw new Error('no'); } });
    expect((await get('/metrics')).status).to.equal(500);
    metrics.registry.removeSingleMetric('broken');
    expect((await get('/metrics')).status).to.equal(200);
  });

  it('knows nothing else', async () => {
    expect((await get('/')).status).to.equal(404);
    expect((await get('/livez', 'POST')).status).to.equal(405);
  });

  it('rejects when its port is taken', async () => {
    const second = startOpsServer({ host: '127.0.0.1', port: server.port, registry: metrics.registry, readiness });
    expect(await second.then(() => 'started', (error: unknown) => String(error))).to.contain('EADDRINUSE');
  });

  it('is not ready once it drains, whatever the checks say', async () => {
    readiness.drain();
    expect(await get('/readyz')).to.include({ status: 503, text: 'not ready: shutdown\n' });
    readiness.set('database', { ok: true, required: true, detail: 'connected' });
    expect((await get('/readyz')).status).to.equal(503);
    expect((await get('/livez')).status).to.equal(200);
  });
});
