/**
 * The headers of a message, read one by one out of its bytes. The client makes a map of all of them first, and searches
 * every name before it for each: as much work as everything else that a consumer does with a message.
 */
import type { JsMsg } from 'nats';

/**
 * What reads a header by its name, which must be written as in the message; '' where there is none, and the first of
 * several.
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
 * The headers as they came, '' when there are none; undefined when the client does not keep them where it used to.
 * It shows them to nobody: `_rdata` is the whole message, of which `_msg.hdr` bytes are headers (-1: none).
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
