// @ts-check
/* The three servers that the system needs: what they are called, and what one is while it runs. */

/** @typedef {'postgres' | 'redis' | 'nats'} ServerName */

/**
 * @typedef {object} Server a server that runs, as a process or in a container
 * @property {string} url
 * @property {number} port
 * @property {number} pid the server itself: what a test may freeze with SIGSTOP
 * @property {string} dir where its data and its log are; the container's name for one in a container
 * @property {() => boolean} alive
 * @property {Promise<string>} exited settles with the reason when it has ended
 * @property {() => Promise<void>} stop an orderly end, at most 10 s; idempotent
 * @property {() => Promise<void>} kill SIGKILL; the same folder can be started again
 */

export const SERVER_NAMES = /** @type {const} */ (['postgres', 'redis', 'nats']);

/** What a person calls them. */
export const TITLES = /** @type {const} */ ({ postgres: 'PostgreSQL', redis: 'Redis', nats: 'NATS' });

/** The variables that name a server which runs already. */
export const URL_VARIABLES = /** @type {const} */ ({ postgres: 'DATABASE_URL', redis: 'REDIS_URL', nats: 'NATS_URL' });
