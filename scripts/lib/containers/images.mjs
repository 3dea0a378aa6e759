// @ts-check
/*
 * The images of the servers, and of Node: one table for `npm start`, the tests on containers and .ci/run. docker-compose.yml
 * and the Dockerfile name the same ones, which tests/repository/deploy.test.ts holds.
 */

/**
 * @typedef {object} Image
 * @property {string} image
 * @property {number} port inside
 * @property {string} data the folder inside that outlives a kept container
 * @property {'SIGINT' | 'SIGTERM'} stopSignal the one after which the server ends although clients are connected
 */

/** @type {Readonly<Record<import('../base/three-servers.mjs').ServerName, Image>>} */
export const IMAGES = {
  postgres: { image: 'postgres:17-alpine', port: 5432, data: '/var/lib/postgresql/data', stopSignal: 'SIGINT' },
  redis: { image: 'redis:7-alpine', port: 6379, data: '/data', stopSignal: 'SIGTERM' },
  nats: { image: 'nats:2.12-alpine', port: 4222, data: '/data', stopSignal: 'SIGTERM' },
};

export const NODE_IMAGE = 'node:24-alpine';
