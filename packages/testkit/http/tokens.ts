/** Keys and tokens for tests, such as the identity provider would issue, good and bad ones. */
import { SignJWT, exportJWK, exportSPKI, generateKeyPair, type CryptoKey, type JWK } from 'jose';
import { v7 as uuid } from 'uuid';

type Role = 'admin' | 'vendor' | 'customer' | 'service';

export type TokenOptions = {
  readonly role: Role;
  /** Default a new one for each token. */
  readonly userId?: string;
  /** Default none. */
  readonly storeIds?: readonly string[];
  /** As jose reads it: '1h', '-5m'. Default one hour. */
  readonly expiresIn?: string;
  /** Replaces claims or, with undefined, leaves them out: for tokens that must be refused. */
  readonly claims?: Readonly<Record<string, unknown>>;
};

export type TestKeys = {
  readonly publicKeyJwk: JWK;
  readonly publicKeyPem: string;
  readonly privateKey: CryptoKey;
  token(options: TokenOptions): Promise<string>;
};

export const ISSUER = 'inventory-dev';
export const AUDIENCE = 'inventory';

/** Makes an EdDSA key pair and signs tokens with it, such as HTTP callers present. */
export async function createTestKeys(): Promise<TestKeys> {
  const { publicKey, privateKey } = await generateKeyPair('EdDSA', { extractable: true });
  return {
    publicKeyJwk: { ...(await exportJWK(publicKey)), alg: 'EdDSA', use: 'sig' },
    publicKeyPem: await exportSPKI(publicKey),
    privateKey,
    async token({ role, userId = uuid(), storeIds = [], expiresIn = '1h', claims = {} }) {
      const signer = new SignJWT({ user_id: userId, store_ids: [...storeIds], role })
        .setProtectedHeader({ alg: 'EdDSA' })
        .setSubject(userId)
        .setIssuer(ISSUER)
        .setAudience(AUDIENCE)
        .setJti(uuid())
        .setIssuedAt()
        .setExpirationTime(expiresIn);
      // SignJWT has no way to take a claim back, so a second one signs what the first would have.
      return Object.keys(claims).length === 0 ? signer.sign(privateKey) : override(signer, claims, privateKey);
    },
  };
}

async function override(signer: SignJWT, claims: Readonly<Record<string, unknown>>, key: CryptoKey): Promise<string> {
  const [, body = ''] = (await signer.sign(key)).split('.');
  const payload: Record<string, unknown> = JSON.parse(Buffer.from(body, 'base64url').toString());
  for (const [name, value] of Object.entries(claims)) payload[name] = value;
  return new SignJWT(payload).setProtectedHeader({ alg: 'EdDSA' }).sign(key);
}
