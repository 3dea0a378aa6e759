/** Who did something, without naming a customer: screens are shown to others. */
import type { Texts } from '../texts/en.ts';

/** @param actor of an event; null for events that name none */
export function actorText(t: Texts, actor: { readonly id: string; readonly role: string } | null): string {
  if (actor === null) return '–';
  return actor.role === 'customer' ? t.product.customer : actor.id;
}

/** Who made a hold: the customer for whom it is, or somebody else. Both are null once the customer was erased. */
export function makerText(
  t: Texts, { customer_id: customer, created_by: maker }: { readonly customer_id: string | null; readonly created_by: string | null },
): string {
  return maker === null || customer === maker ? t.product.customer : maker;
}

/** What happened, in a word of the trade; the type itself where the page does not know it. */
export function eventText(t: Texts, what: string): string {
  const known: Readonly<Record<string, string>> = t.events;
  return known[what] ?? what;
}
