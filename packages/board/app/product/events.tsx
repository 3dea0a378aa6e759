/** What has happened to a product in the stores that its reader works for, the newest first; each event as it is in the log. */
import type { Client } from '@inventory/client/client.ts';
import { useState } from 'preact/hooks';
import { actorText, eventText } from '../shell/actor.ts';
import { useWords } from '../texts/texts.ts';
import type { StoreFacts } from './facts.ts';

const MOST = 40;

export function Events({ client, facts }: { readonly client: Client; readonly facts: ReadonlyMap<string, StoreFacts> }) {
  const words = useWords();
  const { t } = words;
  const [raw, setRaw] = useState<{ readonly id: string; readonly text: string }>();
  const events = [...facts].flatMap(([store, { movements }]) => movements.map((movement) => ({ ...movement, store })))
    .sort((a, b) => b.position - a.position).slice(0, MOST);
  const open = (id: string): void => {
    if (raw?.id === id) {
      setRaw(undefined);
      return;
    }
    client.getEvent({ id }).then((event) => { setRaw({ id, text: JSON.stringify(withoutCustomers(event), null, 1) }); }, () => { setRaw(undefined); });
  };
  return (
    <aside class="card feed" aria-label={t.product.happened}>
      <div class="hd"><h2>{t.product.happened}</h2></div>
      {events.length === 0 ? <p class="soft empty">{t.product.nothing}</p> : (
        <ul>
          {events.map(({ event_id: id, time, delta, reserved_delta: heldMore, reason, type, store, after, version, actor }) => (
            <li key={id}>
              <time dateTime={time} title={time}>{words.time(Date.parse(time))}</time>
              <b class={delta - heldMore < 0 ? 'minus' : 'plus'}>{delta - heldMore === 0 ? '·' : words.signed(delta - heldMore)}</b>
              <span>
                {eventText(t, reason ?? type)} · {store}
                <small>{t.product.after(words.number(after.quantity), words.number(after.reserved), words.number(version))}</small>
                <small>{actorText(t, actor)} <button type="button" class="link" aria-expanded={raw?.id === id} onClick={() => { open(id); }}>JSON</button></small>
                {raw?.id === id ? <pre class="mono" tabIndex={0}>{raw.text}</pre> : null}
              </span>
            </li>
          ))}
        </ul>
      )}
    </aside>
  );
}

/** Screens are shown to others: customers stay in the log. */
function withoutCustomers(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutCustomers);
  if (typeof value !== 'object' || value === null) return value;
  const isCustomer = 'role' in value && value.role === 'customer';
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [
    key, ['customer_id', 'customer_ref', 'created_by', 'closed_by'].includes(key) || (isCustomer && key === 'id') ? '…' : withoutCustomers(member),
  ]));
}
