import { expect } from 'chai';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { printConfig } from '@inventory/runtime/config/text.ts';
import { readConfig } from '@inventory/runtime/config/config.ts';
import type { ConfigSpec } from '@inventory/runtime/config/config.ts';
import { traitsOf } from '@inventory/runtime/config/variables.ts';
import { processConfigs } from './configs.ts';
import { createTestKeys } from '@inventory/testkit/http/tokens.ts';

describe('the secrets of the processes', () => {
  const dir = mkdtempSync(join(tmpdir(), 'configs-'));
  after(() => { rmSync(dir, { recursive: true }); });
  let all: Readonly<Record<string, string>>;
  before(async () => {
    all = {
      DATABASE_URL: 'postgres://me:hunter2@db/x', REDIS_URL: 'redis://:hunter2@redis', NATS_URL: 'nats://me:hunter2@nats',
      JWT_PUBLIC_KEY: (await createTestKeys()).publicKeyPem, PSEUDONYM_KEY: 'hunter2-as-a-key',
    };
  });

  const look = <C extends object>(name: string, spec: ConfigSpec<C>): void => {
    const secrets = Object.keys(spec.shape).filter((variable) => traitsOf(spec.shape[variable] ?? expect.fail()).file === true);

    it(`${name} takes from files: ${secrets.join(', ')}`, () => {
      const env = Object.fromEntries(secrets.map((variable) => {
        const file = join(dir, `${name}-${variable}`);
        writeFileSync(file, `${all[variable]}\n`);
        return [`${variable}_FILE`, file];
      }));
      const config = readConfig(spec, env);
      expect(config).to.include(Object.fromEntries(secrets.map((variable) => [variable, all[variable]?.trim()])));
      expect(printConfig(spec, config)).not.to.contain('hunter2');
    });

    it(`${name} has no other variable whose name speaks of a secret, or of a server's URL`, () => {
      const secret = /PASSWORD|SECRET|TOKEN|PRIVATE|CREDENTIAL|_KEY$|^(?!JWT_JWKS_).*_URL$/;
      expect(Object.keys(spec.shape).filter((variable) => secret.test(variable))).to.have.members(secrets);
    });
  };
  look('api', processConfigs.api);
  look('relay', processConfigs.relay);
  look('projector', processConfigs.projector);
});
