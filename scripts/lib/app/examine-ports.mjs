// @ts-check
/* What `npm run doctor` says about ports, and the row that it says it in. */
import { createPortClaims } from '../process/ports.mjs';

/** @typedef {Pick<import('../base/output.mjs').Output, 'say' | 'green' | 'dim'>} Output */

/**
 * @param {Output} output
 * @param {boolean} fits
 * @param {string} name
 * @param {string} text
 */
export function row(output, fits, name, text) {
  output.say(`  ${fits ? output.green('✓') : output.dim('-')} ${name.padEnd(9)} ${fits ? text : output.dim(text)}`);
}

/**
 * Which port each process would get, as `npm start` gives them out: each of them once.
 * @param {Output} output
 */
export async function examinePorts(output) {
  const wanted = /** @type {const} */ ([['api', 3000], ['api ops', 9464], ['relay', 9465], ['projector', 9466]]);
  const claim = createPortClaims();
  for (const [name, port] of wanted) {
    const free = await claim(port);
    row(output, free === port, name, free === port ? `port ${port}` : `port ${port} is taken: would use ${free}`);
  }
}
