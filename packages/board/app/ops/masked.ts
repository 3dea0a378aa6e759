/** A payload as it may be shown to others: no customer stands in it. Pure. */

const OF_PERSONS = /"(customer_id|created_by|user_id)"(\s*):(\s*)"(?:[^"\\]|\\.)*(?:"|\\?$)/g;

/** @param json JSON text, of which the end may be missing */
export function masked(json: string): string {
  return json.replaceAll(OF_PERSONS, '"$1"$2:$3"•••"');
}
