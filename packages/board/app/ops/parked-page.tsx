/** Events that cannot be published: why, what waits behind each, and what somebody decides about them, with who did it when. */
import type { Client } from '@inventory/client/client.ts';
import { useState } from 'preact/hooks';
import { say } from '../parts/status.tsx';
import { useStore } from '../parts/store.ts';
import { here, setQuery } from '../place.ts';
import type { Session } from '../session/session.ts';
import { Command } from '../shell/command.tsx';
import { Failure } from '../shell/failure.tsx';
import { useWords } from '../texts/texts.ts';
import { isFull } from './console.ts';
import { Decide } from './decide.tsx';
import { Decisions } from './decisions.tsx';
import type { Wish } from './parked.ts';
import { ParkedList } from './parked-list.tsx';
import { SOON_AGAIN, usePolled } from '../shell/polled.ts';
import { useOpsTexts } from './texts/texts.ts';

interface Props { readonly client: Client; readonly session: Session }

const EVERY_MS = 2000;
const SHOWN = 200;

export function ParkedPage({ client, session }: Props) {
  const words = useWords();
  const { t } = words;
  const ops = useOpsTexts();
  const { query } = useStore(here);
  const state = query.get('state') === 'skipped' ? 'skipped' : 'parked';
  const reason = query.get('reason') ?? undefined;
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [wish, setWish] = useState<Wish>();
  const [done, setDone] = useState<string>();
  const { value, failure, again } = usePolled(EVERY_MS, [client, state, reason], (signal) =>
    client.getParkedEvents({ state, limit: SHOWN, ...(reason === undefined ? {} : { reason }) }, { signal, ...SOON_AGAIN }));

  if (failure !== undefined) return <Failure code={failure} role={session.role} again={again} />;
  if (value === undefined) return <p class="soft wait">{t.loading}</p>;
  const { total, events, reasons, decisions } = value;
  // What was chosen may be gone by now.
  const ids = events.map(({ event_id: id }) => id).filter((id) => chosen.has(id));
  const decides = state === 'parked' && isFull() && total > 0;
  const ask = (verb: Wish['verb']): void => {
    setDone(undefined);
    setWish({ verb, chosen: ids, count: ids.length === 0 ? total : ids.length, reason });
  };
  const chip = (text: string, count: number | undefined, pressed: boolean, change: Readonly<Record<string, string | undefined>>) => (
    <button
      key={text} type="button" class="chip" aria-pressed={pressed}
      onClick={() => {
        setChosen(new Set());
        setWish(undefined);
        setQuery(change);
      }}
    >
      {text} {count === undefined ? null : <b>{words.number(count)}</b>}
    </button>
  );
  const all = reasons.reduce((sum, each) => sum + each.events, 0);
  return (
    <>
      <div class="title"><div><h1 tabIndex={-1}>{ops.parked.title}</h1><p class="soft">{ops.parked.lead}</p></div></div>
      <div class="bar" role="group" aria-label={ops.parked.which}>
        {chip(ops.parked.all, all, state === 'parked' && reason === undefined, { state: undefined, reason: undefined })}
        {reasons.map((each) => chip(each.reason, each.events, state === 'parked' && reason === each.reason, { state: undefined, reason: each.reason }))}
        {chip(ops.parked.skipped, undefined, state === 'skipped', { state: 'skipped', reason: undefined })}
      </div>
      {done === undefined ? null : <p class="trouble" data-kind="well"><i aria-hidden="true">✓</i><span>{done}</span></p>}
      {total === 0 ? <p class="card empty"><b>{state === 'parked' ? ops.parked.none : ops.parked.noneSkipped}</b>{state === 'parked' ? <span class="soft"> {ops.parked.noneMore}</span> : null}</p>
        : <ParkedList client={client} events={events} chosen={decides ? chosen : undefined} onChoose={setChosen} />}
      {total > events.length ? <p class="soft">{ops.parked.more(words.number(events.length), words.number(total))}</p> : null}
      {!decides ? null : wish === undefined ? (
        <p class="row verbs">
          <button type="button" id="retry" onClick={() => { ask('retry'); }}>{ids.length === 0 ? ops.parked.retryAll(words.n(total)) : ops.parked.retry(words.n(ids.length))}</button>
          <button type="button" id="skip" onClick={() => { ask('skip'); }}>{ids.length === 0 ? ops.parked.skipAll(words.n(total)) : ops.parked.skip(words.n(ids.length))}</button>
        </p>
      ) : (
        <Decide
          key={`${wish.verb} ${wish.count}`} client={client} wish={wish} ids={wish.chosen.length > 0 ? wish.chosen : events.map(({ event_id: id }) => id)}
          onEnd={(text) => {
            setWish(undefined);
            setDone(text);
            if (text !== undefined) say(() => text);
            setChosen(new Set());
            again();
            requestAnimationFrame(() => { document.querySelector<HTMLElement>(text === undefined ? `#${wish.verb}` : 'main h1')?.focus(); });
          }}
        />
      )}
      <Decisions decisions={decisions} />
      <Command label={t.explain.command} text="npm run relay -- parked ls" />
    </>
  );
}
