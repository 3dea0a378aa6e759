import { expect } from 'chai';
import { classify, isConnectionLost, isPassing } from './sqlstate.ts';
import type { FailureKind } from './sqlstate.ts';

const withCode = (code: string, message = 'an error'): Error => Object.assign(new Error(message), { code });

const kinds: Readonly<Record<FailureKind, readonly string[]>> = {
  retry: ['40001', '40P01'],
  unique: ['23505'],
  locked: ['55P03'],
  data: ['22001', '22003', '22007', '22021', '22P02', '22P05', '23502', '23503', '23514', '23001'],
  unavailable: [
    '57014', '53100', '53200', '53300', '25006', '25P03', '57P01', '57P02', '57P03', '57P05', '08000', '08003', '08006',
    '08P01', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND',
    'EAI_AGAIN', 'ENOENT', 'EMFILE', 'ENFILE', 'EADDRNOTAVAIL', 'ENOBUFS', 'ENOMEM', 'ENETDOWN', 'EHOSTDOWN', 'ECONNABORTED', '28000', '28P01', 'CERT_HAS_EXPIRED', 'SELF_SIGNED_CERT_IN_CHAIN',
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'ERR_TLS_CERT_ALTNAME_INVALID', 'ERR_SSL_WRONG_VERSION_NUMBER',
  ],
  fault: ['42601', '42P01', '42501', 'P0001', '0A000', '25P02', 'XX000', ''],
};

describe('an error of Postgres', () => {
  for (const [kind, codes] of Object.entries(kinds)) {
    it(`is of the kind ${kind} by its code alone: ${codes.join(' ')}`, () => {
      for (const code of codes) expect(classify(withCode(code)), code).to.equal(kind);
    });
  }

  it('without a code is known by the words of pg, where the way to the server is lost', () => {
    for (const message of [
      'Query read timeout', 'Connection terminated', 'Connection terminated unexpectedly',
      'Connection terminated due to connection timeout', 'timeout exceeded when trying to connect', 'timeout expired',
      'Client has encountered a connection error and is not queryable', 'Client was closed and is not queryable',
      'The server does not support SSL connections',
    ]) {
      expect(classify(new Error(message)), message).to.equal('unavailable');
      expect(isConnectionLost(new Error(message)), message).to.equal(true);
    }
  });

  it('whose code says something else is not judged by its words', () => {
    expect(classify(withCode('23514', 'connection terminated'))).to.equal('data');
    expect(isConnectionLost(withCode('23514', 'connection terminated'))).to.equal(false);
  });

  it('costs the connection only when the connection is lost', () => {
    for (const code of ['57014', '55P03', '40001', '23505', '53100', '22P02']) {
      expect(isConnectionLost(withCode(code)), code).to.equal(false);
    }
    for (const code of ['57P01', '08006', 'ECONNRESET', '25P03']) {
      expect(isConnectionLost(withCode(code)), code).to.equal(true);
    }
  });

  it('is passing where the same reading may succeed in a moment', () => {
    for (const [kind, codes] of Object.entries(kinds)) {
      for (const code of codes) expect(isPassing(withCode(code)), code).to.equal(['unavailable', 'locked', 'retry'].includes(kind));
    }
  });

  it('that is none of ours, or no error at all, is a fault', () => {
    for (const thrown of [new TypeError('x is not a function'), 'a string', undefined, null, { code: '40001' }]) {
      expect(classify(thrown)).to.equal('fault');
    }
  });
});
