/**
 * How a request names a product: by its id, by its SKU, or by a barcode, which may stand for a pack of so many units. A SKU and a
 * barcode are looked up before the change is submitted; a change that names ids looks nothing up.
 */
import { barcode, isMisread } from '@inventory/domain/barcodes.ts';
import { InventoryError } from '@inventory/domain/errors.ts';
import type { FieldError, Refusal } from '@inventory/domain/errors.ts';
import { identifier, uuid } from '@inventory/domain/values.ts';
import type { Request } from 'express';
import { actorOf, contextOf } from '../http/context.ts';
import { newId } from '../ids.ts';
import type { Code, Codes } from './codes.ts';

/** What a label carries: no character that would make two of them look alike. */
export const sku = identifier(50).meta({ example: 'SKU-0001' });

const MISREAD = 'is no code of a product, and its last digit is not its check digit: it was misread';
/** Faults that a refusal points at, at most. */
const MAX_ERRORS = 20;

const NAMES = ['product_id', 'sku', 'barcode'] as const;

/** The members of a body that name a product; with `oneName` and `ONE_NAME` exactly one of them is given. */
export const productName = {
  product_id: uuid.optional(),
  sku: sku.optional(),
  barcode: barcode.optional(),
};
/** The same rule for the documents. The empty schema of the member has generated types demand it. */
export const ONE_NAME = { oneOf: NAMES.map((name) => ({ type: 'object', required: [name], properties: { [name]: {} } })) };

export interface NamedProduct {
  readonly product_id?: string | undefined;
  readonly sku?: string | undefined;
  readonly barcode?: string | undefined;
}

/** Holds a body to one name of the product. */
export function oneName({ value, issues }: {
  readonly value: NamedProduct;
  readonly issues: { push: (issue: { code: 'custom'; path: string[]; message: string; input: unknown }) => unknown };
}): void {
  const [first, ...others] = NAMES.filter((name) => value[name] !== undefined);
  if (first === undefined) {
    issues.push({ code: 'custom', path: ['product_id'], message: 'is required, or sku or barcode in its place', input: value });
  }
  for (const other of others) issues.push({ code: 'custom', path: [other], message: `cannot be given together with ${first ?? ''}`, input: value });
}

/** A product that a request means. */
export interface Meant {
  /** Of a code that no product has: an id that no product has either. */
  readonly productId: string;
  /** Units that one of what the request counts stands for: more than 1 for the barcode of a pack. */
  readonly units: number;
  /** The code that the request named it by, for the words of a refusal. */
  readonly asked?: string;
}

/**
 * The products that some lines of a request mean, in their order. A code that no product has gets an id that no product has: so the
 * commit refuses it as it refuses an unknown id, after it has looked for a stored answer and for who may.
 * @param list the member of the body that the lines are in; left out where the body is the only one
 * @returns `fault`, too, for an unknown code whose check digit is wrong. It is for `submit`, which looks for a stored answer first: the code
 * may have been a product's when the request came for the first time
 * @throws {InventoryError} overloaded, dependency_unavailable
 */
export async function meantBy(
  codes: Codes, req: Request, lines: readonly NamedProduct[], list?: string,
): Promise<{ readonly meant: readonly Meant[]; readonly fault: Refusal | undefined }> {
  const asked = lines.map(codeOf);
  const coded = asked.filter((code) => code !== undefined);
  if (coded.length === 0) return { meant: lines.map(({ product_id: id = '' }) => ({ productId: id, units: 1 })), fault: undefined };
  const products = await codes.find(coded, actorOf(req).id);
  const found = products.values();
  const errors: FieldError[] = [];
  const meant = lines.map(({ product_id: id = '' }, nth): Meant => {
    const code = asked[nth];
    if (code === undefined) return { productId: id, units: 1 };
    const known = found.next().value;
    if (known !== undefined) return { ...known, asked: `${code.by} ${code.value}` };
    if (code.by === 'barcode' && isMisread(code.value)) {
      errors.push({ pointer: `${list === undefined ? '' : `/${list}/${nth}`}/barcode`, message: MISREAD });
    }
    return { productId: newId(), units: 1, asked: `${code.by} ${code.value}` };
  });
  const [only] = meant;
  if (lines.length === 1 && only !== undefined && products[0] !== undefined) contextOf(req).fields['product_id'] = only.productId;
  return { meant, fault: faultOf('A barcode was misread: see errors.', errors) };
}

/** The fault of a request by today's catalogue; undefined where there is none. */
export function faultOf(message: string, errors: readonly FieldError[]): Refusal | undefined {
  return errors.length === 0 ? undefined : { code: 'validation_failed', message, details: { errors: errors.slice(0, MAX_ERRORS) } };
}

/** @throws {InventoryError} validation_failed where no product can have this barcode, because its check digit is wrong */
export function refuseMisread(value: string): void {
  if (!isMisread(value)) return;
  throw new InventoryError('validation_failed', 'A barcode was misread: see errors.', { errors: [{ pointer: '/barcode', message: MISREAD }] });
}

function codeOf({ product_id: id, sku: ofLabel, barcode: scanned }: NamedProduct): Code | undefined {
  if (id !== undefined) return undefined;
  if (ofLabel !== undefined) return { by: 'SKU', value: ofLabel };
  return scanned === undefined ? undefined : { by: 'barcode', value: scanned };
}

/** What a request is about, for its log line, as far as it says so itself. */
export function aboutProduct({ product_id: id }: NamedProduct): { readonly product_id?: string } {
  return id === undefined ? {} : { product_id: id };
}
