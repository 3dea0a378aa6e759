// @ts-check
import { expect } from 'chai';
import { defaults } from './launch.mjs';

describe('what a program gets from .dev/env', () => {
  it('is a variable that it reads and that is not set, nor given as a file', () => {
    const file = { DATABASE_URL: 'file', NATS_URL: 'file', REDIS_URL: '' };
    const added = defaults({ variables: ['DATABASE_URL', 'NATS_URL', 'REDIS_URL'] }, { NATS_URL: 'shell' }, file);
    expect(defaults({ variables: ['DATABASE_URL'] }, { DATABASE_URL_FILE: '/secrets/url' }, file)).to.deep.equal({});
    expect(added).to.deep.equal({ DATABASE_URL: 'file' });
  });

  it('is its own login where the file has one', () => {
    const file = { DATABASE_URL: 'owner', RELAY_DATABASE_URL: 'relay', NATS_URL: 'any' };
    expect(defaults({ variables: ['DATABASE_URL', 'NATS_URL'], user: 'RELAY' }, {}, file)).to.deep.equal({ DATABASE_URL: 'relay', NATS_URL: 'any' });
  });
});
