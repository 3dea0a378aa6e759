/** Faults of the connections between one process and one server. */
import type { Proxy } from '@inventory/testkit/servers/proxy.ts';
import type { ServerName } from '../world/world.ts';
import type { Prepare, Scene, Struck } from './fault.ts';
import { processesOf } from './fault.ts';

const SERVERS: readonly ServerName[] = ['postgres', 'redis', 'nats'];
/** In each direction: slow enough to show, too fast for the connection to be taken for dead. */
const DELAY_MS = [400, 700] as const;
const CUT_EVERY_MS = 400;

/** A fault of a link: `harm` is done to each of its proxies and may return a function that undoes it, beside `heal`. */
function onLink(harm: (way: Proxy, scene: Scene) => (() => void) | undefined): Prepare {
  return async (scene, { target }) => {
    const names = await processesOf(scene, target);
    const server = SERVERS.find((each) => target.endsWith(`→${each}`));
    const ways = server === undefined ? [] : names.flatMap((name) => scene.world.link(name, server));
    if (ways.length === 0) throw new Error(`${target}: there is no such connection`);
    return {
      ways,
      strike: (): Promise<Struck> => {
        const undo = ways.map((way) => harm(way, scene));
        return Promise.resolve({
          heal: () => {
            for (const step of undo) step?.();
            for (const way of ways) way.heal();
            return Promise.resolve();
          },
        });
      },
    };
  };
}

const also = (work: () => void): undefined => {
  work();
  return undefined;
};

export const partition = onLink((way) => also(() => { way.blackhole(); }));
export const halfOpen = onLink((way) => also(() => { way.strand(); }));
export const slow = onLink((way, { random }) => also(() => { way.delay(random.int(...DELAY_MS)); }));
export const lostReplies = onLink((way) => also(() => { way.dropReplies(); }));
export const cut = onLink((way) => {
  way.cut();
  const again = setInterval(() => { way.cut(); }, CUT_EVERY_MS);
  return () => { clearInterval(again); };
});
