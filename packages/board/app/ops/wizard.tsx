/** From a range to a replay: what to publish again, what that would be, and its count typed as a word for it. */
import type { Client } from '@inventory/client/client.ts';
import { isInventoryProblem } from '@inventory/client/client.ts';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Command } from '../shell/command.tsx';
import { useWords } from '../texts/texts.ts';
import type { Plan, Typed } from './replay.ts';
import { planInput, replayCommand, requestOf } from './replay.ts';
import { useOpsTexts } from './texts/texts.ts';

interface Props {
  readonly client: Client;
  /** @param id of the replay that was asked for; undefined where none was */
  readonly onEnd: (id: string | undefined) => void;
}

const LINES = 8;

export function Wizard({ client, onEnd }: Props) {
  const words = useWords();
  const { t } = words;
  const ops = useOpsTexts();
  const text = ops.wizard;
  const [typed, setTyped] = useState<Typed>({ from: '2h', to: '', types: '', stores: '' });
  const [plan, setPlan] = useState<Plan>();
  const [count, setCount] = useState('');
  const [note, setNote] = useState('');
  const [fault, setFault] = useState<string>();
  const [busy, setBusy] = useState(false);
  const first = useRef<HTMLInputElement>(null);
  const confirm = useRef<HTMLInputElement>(null);
  useEffect(() => { first.current?.focus(); }, []);
  useEffect(() => { if (plan !== undefined) confirm.current?.focus(); }, [plan]);

  const attempt = async (work: () => Promise<void>): Promise<void> => {
    // A button that is disabled while it waits would lose the focus, and Escape with it.
    if (busy) return;
    setBusy(true);
    setFault(undefined);
    try {
      await work();
    } catch (error) {
      if (!isInventoryProblem(error)) throw error;
      const now = error.problem.current_count;
      setFault(error.code === 'version_mismatch' && now !== undefined ? text.changed(words.n(now))
        : error.errors[0]?.message ?? t.problems.failed(error.code));
    } finally {
      setBusy(false);
    }
  };
  const submit = (): Promise<void> => attempt(async () => {
    if (plan === undefined) {
      setPlan(await client.planReplay(planInput(typed)));
      return;
    }
    const why = note.trim();
    const { id } = await client.createReplay({ ...requestOf(typed, plan), ...(why === '' ? {} : { note: why }) });
    onEnd(id);
  });
  const field = (name: keyof Typed, label: string, hint: string) => (
    <div>
      <label for={name}>{label}</label>
      <input
        id={name} ref={name === 'from' ? first : null} value={typed[name]} required={name === 'from'} autocomplete="off" spellcheck={false} aria-describedby={`${name}-hint`}
        onInput={({ currentTarget: { value } }) => {
          setTyped({ ...typed, [name]: value });
          setPlan(undefined);
          setCount('');
        }}
      />
      <small id={`${name}-hint`} class="soft">{hint}</small>
    </div>
  );
  return (
    <form
      class="card decide wizard" aria-label={text.title}
      onKeyDown={(event) => { if (event.key === 'Escape') onEnd(undefined); }}
      onSubmit={(event) => {
        event.preventDefault();
        submit().catch((error: unknown) => { setFault(String(error)); });
      }}
    >
      <h2>{text.title}</h2>
      <p class="soft">{text.means}</p>
      <div class="fields">
        {field('from', text.from, text.fromHint)}
        {field('to', text.to, text.toHint)}
        {field('types', text.types, text.typesHint)}
        {field('stores', text.stores, text.storesHint)}
      </div>
      {plan === undefined ? null : (
        <div class="plan">
          <p><b>{text.total(words.n(plan.total))}</b> <span class="soft">{text.positions(words.number(plan.from_position), words.number(plan.to_position))}
            {plan.first_at === null || plan.last_at === null ? '' : ` · ${words.dateTime(Date.parse(plan.first_at))} – ${words.dateTime(Date.parse(plan.last_at))}`}
            {` · ${text.takes(words.span(plan.estimated_seconds * 1000))} · ${text.room(words.number(plan.max_bytes))}`}</span></p>
          {plan.lines.length === 0 ? null : (
            <div class="scroll" tabIndex={0} role="region" aria-label={text.lines}>
              <table class="list">
                <thead><tr><th scope="col">{text.types}</th><th scope="col" class="left">{text.stores}</th><th scope="col">{text.events}</th></tr></thead>
                <tbody>
                  {plan.lines.slice(0, LINES).map(({ event_type: type, store_id: store, events }) => (
                    <tr key={`${type} ${store}`}><th scope="row">{type}</th><td class="left mono">{store}</td><td>{words.number(events)}</td></tr>
                  ))}
                </tbody>
              </table>
            </div>
          )}
          {plan.lines.length + plan.more_lines > LINES ? <p class="soft">{text.more(words.number(plan.lines.length + plan.more_lines - LINES))}</p> : null}
          {plan.total === 0 ? null : (
            <div class="fields">
              <div>
                <label for="count">{text.confirm(String(plan.total))}</label>
                <input id="count" ref={confirm} inputMode="numeric" autocomplete="off" value={count} onInput={({ currentTarget }) => { setCount(currentTarget.value); }} />
              </div>
              <div>
                <label for="note">{ops.decide.whyOptional}</label>
                <input id="note" maxLength={500} value={note} onInput={({ currentTarget }) => { setNote(currentTarget.value); }} />
              </div>
            </div>
          )}
        </div>
      )}
      {fault === undefined ? null : <p class="fault" role="alert">{fault}</p>}
      <p class="row">
        <button type="submit" class="primary" aria-busy={busy} disabled={plan !== undefined && (plan.total === 0 || count.trim() !== String(plan.total))}>{plan === undefined ? text.plan : text.act(words.n(plan.total))}</button>
        <button type="button" onClick={() => { onEnd(undefined); }}>{ops.decide.cancel}</button>
      </p>
      <Command label={t.explain.command} text={replayCommand(typed, plan)} />
    </form>
  );
}
