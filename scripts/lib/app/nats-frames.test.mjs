// @ts-check
import { expect } from 'chai';
import { createFrames } from './nats-frames.mjs';

describe("NATS's frames", () => {
  it('are found whatever the chunks', () => {
    const messages = 'MSG a.b 1 5\r\nhe\r\no\r\nHMSG c 2 12 15\r\nNATS/1.0\r\n\r\nabc\r\n';
    const text = `INFO {}\r\nPING\r\n${messages}-ERR 'no'\r\n`;
    for (let size = 1; size <= text.length; size += 1) {
      /** @type {string[]} */
      const seen = [];
      const frames = createFrames({
        info: () => void seen.push('info'),
        ping: () => void seen.push('ping'),
        error: (words) => void seen.push(`error ${words}`),
        message: (subject, payload) => void seen.push(`${subject}=${payload}`),
      });
      for (let at = 0; at < text.length; at += size) frames(Buffer.from(text.slice(at, at + size)));
      expect(seen).to.deep.equal(['info', 'ping', 'a.b=he\r\no', 'c=abc', "error 'no'"]);
    }
  });
});
