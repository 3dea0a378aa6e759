import { expect } from 'chai';
import { ErrorCode, NatsError } from 'nats';
import { PolicyError } from '@inventory/runtime/policies.ts';
import { PublishInterrupted } from '../publish/chain.ts';
import { createPatience } from './patience.ts';

const timeout = NatsError.errorForCode(ErrorCode.Timeout);
const interrupted = (cause: unknown) => new PublishInterrupted('published 0 of 1 events', { cause });
const open = new PolicyError('nats', 'open', 'the breaker is open');

function answered(code: number): NatsError {
  const error = new NatsError('refused', '503');
  error.api_error = { code: 503, description: 'refused', err_code: code };
  return error;
}

describe('the patience of a leader with its broker', () => {
  let now = 0;
  const at = (ms: number) => { now = ms; };
  const create = () => createPatience(() => now);

  it('ends after 4 s without an answer, and again each 4 s; after 12 s the lead is given up', () => {
    const patience = create();
    const said: (readonly [number, unknown])[] = [];
    for (let ms = 0; ms <= 16_000; ms += 1_000) {
      at(ms);
      said.push([ms, patience.failed(interrupted(timeout))]);
    }
    expect(said.filter(([, what]) => what !== undefined)).to.deep.equal([
      [4_000, 'move'], [8_000, 'move'], ...[12_000, 13_000, 14_000, 15_000, 16_000].map((ms) => [ms, 'give_up']),
    ]);
  });

  it('counts 503, no leader and time-outs, of publishes and of the management, and goes on while the breaker is open', () => {
    for (const silence of [
      NatsError.errorForCode(ErrorCode.NoResponders), answered(10008), new PolicyError('nats', 'timeout', 'no answer'), interrupted(timeout),
    ]) {
      const patience = create();
      at(0);
      expect(patience.failed(silence)).to.equal(undefined);
      at(5_000);
      expect(patience.failed(open)).to.equal('move');
    }
  });

  it('begins anew with an answer, also with one that says no: a full stream is there', () => {
    for (const end of [(patience: ReturnType<typeof create>) => { patience.well(); },
      (patience: ReturnType<typeof create>) => { patience.failed(interrupted(answered(10077))); }]) {
      const patience = create();
      at(0);
      patience.failed(timeout);
      at(3_000);
      end(patience);
      at(5_000);
      expect(patience.failed(open)).to.equal(undefined);
      expect(patience.failed(timeout)).to.equal(undefined);
      at(8_000);
      expect(patience.failed(timeout)).to.equal(undefined);
      at(9_000);
      expect(patience.failed(timeout)).to.equal('move');
    }
  });

  it('is not used up by what fails elsewhere', () => {
    const patience = create();
    for (const ms of [0, 10_000, 20_000]) {
      at(ms);
      expect(patience.failed(new Error('Query read timeout'))).to.equal(undefined);
    }
  });
});
