/** The function that carries out each kind of fault. */
import type { KindName } from '../plan/kinds.ts';
import type { Prepare } from './fault.ts';
import { hotStandby, promote, promoteUnpublished } from './failover.ts';
import { freezeNats, killNats, minority, restartNats, route, tailLost } from './nats.ts';
import { cut, halfOpen, lostReplies, partition, slow } from './network.ts';
import { foreignSession, freezePostgres, killPostgres, readOnly, restartPostgres, stopPostgres } from './postgres.ts';
import { dieAtPoint, zombieRelay, zombieSealer } from './points.ts';
import { clockJump, freezeProcess, killProcess } from './processes.ts';
import { demoted, flush, freezeRedis, restartRedis, wrongType } from './redis.ts';

export const faults: Readonly<Record<KindName, Prepare>> = {
  'kill-api': killProcess, 'kill-relay': killProcess, 'kill-projector': killProcess,
  'freeze-api': freezeProcess, 'freeze-relay': freezeProcess, 'freeze-projector': freezeProcess,
  'die-at-point': dieAtPoint, 'zombie-relay': zombieRelay, 'zombie-sealer': zombieSealer,
  'clock-jump': clockJump,
  'link-partition': partition, 'link-half-open': halfOpen, 'link-delay': slow, 'link-cut': cut, 'lost-replies': lostReplies,
  'postgres-kill': killPostgres, 'postgres-immediate': stopPostgres, 'postgres-restart': restartPostgres,
  'postgres-freeze': freezePostgres,
  'promote': promote, 'promote-unpublished': promoteUnpublished, 'hot-standby': hotStandby,
  'read-only': readOnly, 'foreign-session': foreignSession,
  'nats-kill': killNats, 'nats-freeze': freezeNats, 'nats-restart': restartNats, 'nats-route': route,
  'nats-minority': minority, 'nats-tail-lost': tailLost,
  'redis-flush': flush, 'redis-restart': restartRedis, 'redis-freeze': freezeRedis, 'redis-demoted': demoted,
  'redis-wrong-type': wrongType,
};
