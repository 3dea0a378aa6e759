// @ts-check
/*
 * `npm run watch [-- SUBJECT …]`: shows events as they are published, by speaking NATS's own text protocol. For the
 * eyes only: whoever needs every event uses a durable consumer.
 */
import { connect } from 'node:net';
import { readEnv } from './lib/base/env-file.mjs';
import { createFrames } from './lib/app/nats-frames.mjs';
import { Problem, runMain } from './lib/base/problem.mjs';

const HELP = `Usage: npm run watch [-- SUBJECT …]

Shows events as the relay publishes them. Subjects are NATS's, such as stock.> or reservation.*.MAD-001 (default: all
of stock, reservation, product and store). Ctrl-C ends it.`;

const ALL = ['stock.>', 'reservation.>', 'product.>', 'store.>'];

await runMain(async () => {
  const subjects = process.argv.slice(2);
  if (subjects.some((word) => word.startsWith('-'))) {
    process.stdout.write(`${HELP}\n`);
    return subjects.includes('--help') || subjects.includes('-h') ? 0 : 2;
  }
  const url = process.env['NATS_URL'] || readEnv()['NATS_URL'];
  if (!url) throw new Problem('NATS_URL is not set, and there is no .dev/env.', 'Start the system first: npm start');
  return watch(new URL(url), subjects.length === 0 ? ALL : subjects);
});

/**
 * @param {URL} url
 * @param {readonly string[]} subjects
 * @returns {Promise<number>}
 */
function watch(url, subjects) {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: url.hostname, port: Number(url.port || 4222) });
    const { username: user, password: pass } = url;
    const login = user === '' ? {} : { user: decodeURIComponent(user), pass: decodeURIComponent(pass) };
    const frames = createFrames({
      info: () => {
        socket.write(`CONNECT ${JSON.stringify({ verbose: false, headers: true, ...login })}\r\n`);
        subjects.forEach((subject, index) => socket.write(`SUB ${subject} ${index + 1}\r\n`));
        process.stderr.write(`Watching ${subjects.join(' ')} at ${url.host}; Ctrl-C ends it.\n`);
      },
      ping: () => void socket.write('PONG\r\n'),
      error: (text) => socket.destroy(new Problem(`NATS: ${text}`)),
      message: (subject, payload) => void process.stdout.write(`${new Date().toISOString()} ${subject} ${payload}\n`),
    });
    socket.on('data', frames);
    socket.on('error', (error) => {
      const problem = new Problem(`NATS at ${url.host}: ${error.message}`, 'Does `npm start` run?');
      reject(error instanceof Problem ? error : problem);
    });
    socket.on('close', () => reject(new Problem('NATS closed the connection.')));
    process.once('SIGINT', () => resolve(0));
  }).then((code) => process.exit(Number(code)));
}
