/**
 * Reads single headers of a message out of its bytes. The client makes a map of all headers first, which is as much work as
 * all else that a consumer does with a message [12 in place of 1.3 µs for four headers: docs/decisions/0021].
 */
import type { JsMsg } from 'nats';

/**
 * A function that reads a header by its name, which must be written as in the message. '' when there is none, the first
 * one when there are several.
 */
export function headerReader(message: JsMsg): (name: string) => string {
  const block = headerBlock(message);
  if (block === undefined) return (name) => message.headers?.get(name) ?? '';
  return (name) => {
    const at = block.indexOf(`\r\n${name}:`);
    if (at < 0) return '';
    const from = at + name.length + 3;
    return block.slice(from, block.indexOf('\r\n', from)).trim();
  };
}

/**
 * The headers as they came; '' when there are none, undefined when the client does not keep them here any more. They are in
 * private fields: `_rdata` is the whole message, and its first `_msg.hdr` bytes are the headers (-1: none).
 */
export function headerBlock(message: JsMsg): string | undefined {
  if (!('msg' in message)) return undefined;
  const { msg: received } = message;
  if (!isObject(received) || !('_rdata' in received) || !('_msg' in received)) return undefined;
  const { _rdata: bytes, _msg: about } = received;
  if (!(bytes instanceof Uint8Array) || !isObject(about) || !('hdr' in about) || typeof about.hdr !== 'number') return undefined;
  if (about.hdr < 0) return '';
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, about.hdr).toString();
  return text.startsWith('NATS/1.0') && text.endsWith('\r\n\r\n') ? text : undefined;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
