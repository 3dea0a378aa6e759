/** The table of parked events. A row opens to what is known of its event; the payload is fetched when somebody wants to see it. */
import type { Client } from '@inventory/client/client.ts';
import { useState } from 'preact/hooks';
import { serverNow } from '../live/clock.ts';
import { codeOf } from '../session/access.ts';
import { useWords } from '../texts/texts.ts';
import { masked } from './masked.ts';
import type { Parked } from './parked.ts';
import { useOpsTexts } from './texts/texts.ts';

interface Props {
  readonly client: Client;
  readonly events: Parked['events'];
  /** Undefined where nothing can be chosen. */
  readonly chosen: ReadonlySet<string> | undefined;
  readonly onChoose: (chosen: ReadonlySet<string>) => void;
}

export function ParkedList({ client, events, chosen, onChoose }: Props) {
  const words = useWords();
  const ops = useOpsTexts();
  const [open, setOpen] = useState<string>();
  const toggle = (id: string, on: boolean): void => {
    const next = new Set(chosen);
    if (on) next.add(id);
    else next.delete(id);
    onChoose(next);
  };
  const { columns } = ops.parked;
  const now = serverNow() ?? Date.now();
  return (
    <section class="card">
      <div class="scroll" tabIndex={0} role="region" aria-label={ops.parked.title}>
        <table class="list parked">
          <caption class="unseen">{ops.parked.caption}</caption>
          <thead>
            <tr>
              <th scope="col" class="left">{columns.event}</th><th scope="col" class="left">{columns.store}</th>
              <th scope="col" class="left">{columns.why}</th><th scope="col">{columns.waits}</th><th scope="col">{columns.since}</th><th scope="col"><span class="unseen">{columns.more}</span></th>
            </tr>
          </thead>
          <tbody>
            {events.map((event) => {
              const { event_id: id, event_type: type, store_id: store, reason, waiting, parked_at: at, resolved_at: decidedAt, resolved_by: by } = event;
              return [
                <tr key={id}>
                  <th scope="row">
                    <label class="pickable">
                      {chosen === undefined ? null : <input type="checkbox" checked={chosen.has(id)} onChange={({ currentTarget }) => { toggle(id, currentTarget.checked); }} />}
                      <span>{type}<small class="mono soft">{id}</small></span>
                    </label>
                  </th>
                  <td class="left mono">{store}</td>
                  <td class="left why">{reason}{by === null ? null : <small class="soft">{ops.parked.skippedBy(by, words.dateTime(Date.parse(decidedAt ?? at)))}</small>}</td>
                  <td {...(waiting > 0 ? { 'data-level': 'low' } : {})}>{waiting === 0 ? ops.parked.nothing : <b>{words.number(waiting)}</b>}</td>
                  <td title={words.dateTime(Date.parse(at))}>{words.span(Math.max(0, now - Date.parse(at)))}</td>
                  <td><button type="button" class="link" aria-expanded={open === id} onClick={() => { setOpen(open === id ? undefined : id); }}>{ops.parked.details}</button></td>
                </tr>,
                open === id ? <tr key={`${id} more`} class="opened"><td colSpan={6}><Details client={client} event={event} /></td></tr> : null,
              ];
            })}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Details({ client, event }: { readonly client: Client; readonly event: Parked['events'][number] }) {
  const words = useWords();
  const ops = useOpsTexts();
  const [payload, setPayload] = useState<string>();
  const show = (): void => {
    client.getParkedEvent({ id: event.event_id }).then(
      ({ payload_start: start, payload_bytes: bytes }) => { setPayload(masked(start) + (start.length < bytes ? ` … ${ops.parked.bytes(words.number(bytes))}` : '')); },
      (error: unknown) => { setPayload(codeOf(error) ?? String(error)); });
  };
  const facts: readonly (readonly [string, string])[] = [
    [ops.parked.facts.happened, event.time], [ops.parked.facts.position, words.number(event.position)],
    [ops.parked.facts.stream, `${event.stream_id} · ${event.stream_version ?? '–'}`],
  ];
  return (
    <div class="facts">
      <dl>{facts.map(([name, value]) => <div key={name}><dt>{name}</dt><dd class="mono">{value}</dd></div>)}</dl>
      {payload === undefined ? <button type="button" onClick={show}>{ops.parked.payload}</button> : <pre class="mono" tabIndex={0}>{payload}</pre>}
    </div>
  );
}
