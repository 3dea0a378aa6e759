/** The api process: HTTP in, one group commit out. It needs only Postgres; Redis makes it faster. */
import { epochHere } from '@inventory/db/events.ts';
import { startDatabase } from '@inventory/db/start.ts';
import { traceStatements } from '@inventory/db/tracing.ts';
import { createRedis, closeRedis } from '@inventory/runtime/redis/link.ts';
import { runProcess } from '@inventory/runtime/lifecycle.ts';
import { createTail } from '@inventory/tail/tail.ts';
import { sql } from 'kysely';
import { createApp } from './app.ts';
import { createAvailabilityReader } from './availability/read.ts';
import { createCommitter } from './commit/committer.ts';
import { apiConfig, boardOf, edgeOf, feedRulesOf, limitsOf, reservedConnections, seatsOf } from './config.ts';
import { createEraser } from './erasure/eraser.ts';
import { createVerifier } from './http/auth/verifier.ts';
import { watchRevocations } from './http/auth/revocations.ts';
import { listen } from './http/server/listen.ts';
import { connectionsWithin, openFilesLimit } from './http/server/open-files.ts';
import { createCounter } from './http/rate-limit/counter.ts';
import { watchDatabase, watchWrites } from './background/watch-database.ts';
import { followFormats } from './background/follow-formats.ts';
import { startHousekeeping } from './background/housekeeping.ts';
import { recordRefusedDemand } from './background/record-refused-demand.ts';
import { startSweeper } from './background/expire-reservations.ts';
import { newId } from './ids.ts';
import { createCodes } from './directory/codes.ts';
import { watchStores } from './directory/watch-stores.ts';
import { createPseudonym, keyOfLog } from './pseudonyms.ts';
import { createLiveFeed } from './stream/live-feed.ts';
import { createTickets } from './stream/tickets.ts';

await runProcess({
  name: 'api',
  spec: apiConfig,
  argv: process.argv.slice(2),
  start: async (context) => {
    const { config, log, metrics, readiness, parts } = context;
    const configured = config.HTTP_MAX_CONNECTIONS;
    const limit = openFilesLimit();
    const maxConnections = connectionsWithin({ limit, configured, database: config.PG_POOL_MAX });
    if (maxConnections < configured) {
      log.warn('fewer connections than HTTP_MAX_CONNECTIONS: the limit of open files', { open_files: limit, configured, connections: maxConnections });
    }
    const { db, connection } = await startDatabase(context, {
      applicationName: `inventory-api ${config.INSTANCE_ID}`, reserved: reservedConnections(config), onOpen: traceStatements,
    });
    const pseudonym = createPseudonym(config.PSEUDONYM_KEY ?? await keyOfLog(db));
    const formats = await followFormats({ db, instance: config.INSTANCE_ID, pseudonym, log, metrics, readiness, signal: context.signal });
    parts.add({ name: 'formats', stop: () => formats.stop() });
    const redis = createRedis({
      url: config.REDIS_URL, name: 'inventory-api', log, corked: true, commandTimeoutMs: 'caller',
      onState: (state, detail) => { readiness.set('redis', { ok: state === 'connected', required: false, detail }); },
    });
    parts.add({ name: 'redis', stop: () => closeRedis(redis) });
    const watch = await watchDatabase({ ping: () => sql`SELECT 1`.execute(db), readiness, log });
    parts.add({ name: 'readiness', stop: () => watch.stop() });
    const revoked = await watchRevocations({ db, log, metrics, pseudonym });
    parts.add({ name: 'revoked tokens', stop: () => revoked.stop() });
    const tokens = createVerifier({
      publicKey: config.JWT_PUBLIC_KEY, jwksUrl: config.JWT_JWKS_URL,
      issuer: config.JWT_ISSUER, audience: config.JWT_AUDIENCE,
    }, { log, isRevoked: revoked.has });
    parts.add({ name: 'tokens', stop: () => tokens.stop() });
    const refusedDemand = recordRefusedDemand({ db, log, metrics, pseudonym });
    parts.add({ name: 'rejections', stop: () => refusedDemand.stop() });
    const committer = createCommitter({
      ...connection, lanes: config.COMMIT_LANES, maxCommands: config.COMMIT_MAX_COMMANDS, newId, formats, pseudonym, log, metrics,
      onRefusedDemand: refusedDemand.note,
      limits: limitsOf(config),
    });
    parts.add({ name: 'group commit', stop: () => committer.stop() });
    const writes = await watchWrites({ prove: committer.prove, readiness, log });
    parts.add({ name: 'readiness of writes', stop: () => writes.stop() });
    const sweeper = startSweeper({ db, committer, log });
    parts.add({ name: 'sweeper', stop: () => sweeper.stop() });
    const housekeeping = startHousekeeping({ db, log });
    parts.add({ name: 'housekeeping', stop: () => housekeeping.stop() });
    const stores = await watchStores({ db, log });
    parts.add({ name: 'stores', stop: () => stores.stop() });
    const tail = createTail({ db, connection, log });
    parts.add({ name: 'tail', stop: tail.stop });
    const feed = createLiveFeed({ db, tail, log, metrics, rules: feedRulesOf(config) });
    const tickets = createTickets({ db, look: tokens.look, isRevoked: revoked.has, pseudonym });
    const erase = createEraser({ connection, db, committer, limits: limitsOf(config), pseudonym, newId });
    const { name: epoch } = await epochHere(db);
    const app = createApp({
      pseudonym, instance: config.INSTANCE_ID, customersMayConfirm: config.CUSTOMERS_MAY_CONFIRM, db, committer, erase, log, metrics, feed, tickets, stores, codes: createCodes({ db }), verifyToken: tokens.verify,
      readAvailability: createAvailabilityReader({ db, redis, epoch, log, metrics }),
      countRequest: createCounter({ redis, log, metrics }), limits: limitsOf(config), edge: edgeOf(config), board: boardOf(config),
    });
    const server = await listen(app, {
      host: config.HOST, port: config.PORT, maxConnections, seats: seatsOf({ ...config, HTTP_MAX_CONNECTIONS: maxConnections }),
      drainMs: config.HTTP_DRAIN_MS,
    });
    parts.add({ name: 'http', stop: () => server.close(), ready: { port: server.port } });
    // First of all: its answers would keep the server from closing.
    parts.add({ name: 'live feed', stop: feed.stop });
  },
});
