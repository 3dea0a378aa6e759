import { expect } from 'chai';
import { redactUrls } from './redact.ts';

describe('redactUrls', () => {
  for (const [text, expected] of [
    ['postgres://me:pw@db:5432/x', 'postgres://me:***@db:5432/x'],
    ['postgres://me:p@ss:w@db/x', 'postgres://me:***@db/x'],
    ['redis://:pw@h', 'redis://:***@h'],
    ['nats://token@h:4222', 'nats://***@h:4222'],
    ['a redis://:pw@h b nats://u:p@i c', 'a redis://:***@h b nats://u:***@i c'],
    ['postgres://db/x?user=me&password=pw&sslmode=on', 'postgres://db/x?user=me&password=***&sslmode=on'],
    ['nats://u:p@h:1,nats://u:p@i:2', 'nats://u:***@h:1,nats://u:***@i:2'],
    ['nats://token@h,nats://token@i', 'nats://***@h,nats://***@i'],
    ['http://host:80/a@b', 'http://host:80/a@b'],
    ['postgres://me@db/x', 'postgres://me@db/x'],
  ] as const) {
    it(`turns ${text} into ${expected}`, () => { expect(redactUrls(text)).to.equal(expected); });
  }
});
