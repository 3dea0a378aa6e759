// @ts-check

/**
 * @typedef {object} Handlers
 * @property {() => void} info
 * @property {() => void} ping
 * @property {(text: string) => void} error
 * @property {(subject: string, payload: string) => void} message
 */

/**
 * Cuts what a NATS server sends into its frames, whatever the chunks: lines, and messages of a stated length.
 * @param {Handlers} handlers
 * @returns {(chunk: Buffer) => void}
 */
export function createFrames(handlers) {
  let rest = Buffer.alloc(0);
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    for (;;) {
      const end = rest.indexOf('\r\n');
      if (end < 0) return;
      const words = rest.subarray(0, end).toString().split(' ');
      const size = frameSize(words);
      const total = end + 2 + (size === undefined ? 0 : size.total + 2);
      if (rest.length < total) return;
      if (size !== undefined) {
        const payload = rest.subarray(end + 2 + size.header, end + 2 + size.total);
        handlers.message(words[1] ?? '', payload.toString());
      } else if (words[0] === 'INFO') handlers.info();
      else if (words[0] === 'PING') handlers.ping();
      else if (words[0] === '-ERR') handlers.error(words.slice(1).join(' '));
      rest = rest.subarray(total);
    }
  };
}

/**
 * `MSG subject sid [reply] bytes` and `HMSG subject sid [reply] header-bytes bytes`.
 * @param {readonly string[]} words
 * @returns {{ header: number, total: number } | undefined}
 */
function frameSize(words) {
  if (words[0] === 'MSG') return { header: 0, total: Number(words.at(-1)) };
  if (words[0] === 'HMSG') return { header: Number(words.at(-2)), total: Number(words.at(-1)) };
  return undefined;
}
