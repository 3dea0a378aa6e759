// @ts-check
/* Whether a server that a URL names answers; nothing is used in its place. */
import { connect } from 'node:net';
import { Problem } from '../base/problem.mjs';
import { TITLES, URL_VARIABLES } from '../base/three-servers.mjs';

/** @typedef {import('../base/three-servers.mjs').ServerName} ServerName */

/** Default ports, for URLs without one. */
const PORTS = /** @type {const} */ ({ postgres: 5432, redis: 6379, nats: 4222 });

/**
 * A server that the environment names has to answer; nothing else is used in its place.
 * @param {ServerName} server
 * @param {string} url
 */
export async function insistReachable(server, url) {
  const variable = URL_VARIABLES[server];
  if (!URL.canParse(url)) {
    throw new Problem(`${variable} is not a URL.`, `Correct it, or unset it for a private ${TITLES[server]}.`);
  }
  const { hostname, port } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, '');
  const number = Number(port || PORTS[server]);
  const reason = await new Promise((resolve) => {
    const socket = connect({ host, port: number, timeout: 5000 });
    /** @param {string | undefined} why */
    const finish = (why) => {
      socket.destroy();
      resolve(why);
    };
    socket.once('connect', () => finish(undefined));
    socket.once('timeout', () => finish('no answer within 5 s'));
    socket.once('error', (error) => finish(error.message || 'refused'));
  });
  if (reason === undefined) return;
  throw new Problem(
    `${TITLES[server]} does not answer at ${host}:${number}, which ${variable} names (${reason}).`,
    `Start it, correct ${variable}, or unset it for a private ${TITLES[server]}. Nothing else is used in its place.`,
  );
}
