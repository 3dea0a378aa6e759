/** A viewer of the live feed that reads and looks at nothing, so that it is not the bench that is measured. */
import { connect } from 'node:net';

/**
 * Watches, and resolves once the api has begun to answer.
 * @param path with its query, behind /api/v1
 * @returns what ends it
 * @throws {Error} when it is not let in
 */
export function readOn(port: number, path: string, token: string): Promise<() => void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    socket.on('error', reject);
    socket.once('data', (head: Buffer) => {
      const [line = ''] = head.toString('latin1').split('\r\n', 1);
      if (line.endsWith(' 200 OK')) resolve(() => { socket.destroy(); });
      else reject(new Error(`a viewer was answered ${line}`));
      socket.resume();
    });
    socket.write(`GET /api/v1${path} HTTP/1.1\r\nHost: api\r\nAccept: text/event-stream\r\nAuthorization: Bearer ${token}\r\n\r\n`);
  });
}
