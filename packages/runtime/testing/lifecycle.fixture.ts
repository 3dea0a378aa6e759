import { commonShape, defineConfig, oneOf } from '../config/config.ts';
import { faultPoint } from '../fault.ts';
import { runProcess } from '../lifecycle.ts';
import { sleep } from '../sleep.ts';

// A process for lifecycle.test.ts that behaves as BEHAVIOUR says.
const spec = defineConfig({
  name: 'fixture',
  shape: {
    ...commonShape(0),
    BEHAVIOUR: oneOf(
      'well', 'start_fails', 'half_start', 'start_hangs', 'stop_fails', 'stop_hangs', 'throws', 'rejects', 'gives_up', 'throws_twice',
    )
      .default('well').describe('What it does'),
  },
});

await runProcess({
  name: 'fixture',
  spec,
  argv: process.argv.slice(2),
  async start({ config, log, signal, parts, fail, readiness }) {
    setInterval(() => { log.debug('a detail'); }, 10).unref();
    signal.addEventListener('abort', () => { log.info('signal', { ready: readiness.ready() }); });
    const add = (name: string) => {
      parts.add({
        name,
        async stop() {
          log.info(`stop ${name}`);
          if (config.BEHAVIOUR === 'stop_hangs' && name === 'second') await new Promise(() => undefined);
          if (config.BEHAVIOUR === 'stop_fails' && name === 'second') throw new Error('stuck');
          if (config.BEHAVIOUR === 'throws_twice') {
            setImmediate(() => { throw new Error('again'); });
            await sleep(1000);
          }
        },
        ready: { port: 42 },
      });
    };
    faultPoint('fixture.started');
    switch (config.BEHAVIOUR) {
      case 'start_fails': throw new Error('no database', { cause: new Error('ECONNREFUSED') });
      case 'half_start':
        add('first');
        add('second');
        throw new Error('no port for the third');
      case 'start_hangs':
        log.info('starting');
        await new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => { reject(new Error('gave up')); });
        });
        break;
      case 'throws':
      case 'throws_twice': setTimeout(() => { throw new Error('bug'); }, 20); break;
      case 'rejects': setTimeout(() => { void Promise.reject(new Error('forgotten')); }, 20); break;
      case 'gives_up': setTimeout(() => { fail('the link is closed for good', new Error('closed')); }, 20); break;
      default: break;
    }
    add('first');
    add('second');
  },
});
