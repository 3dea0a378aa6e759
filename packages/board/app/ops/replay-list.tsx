/** The list of replays, each with how far it is, who asked for it, its digest, and what may be done about it now. */
import type { Client } from '@inventory/client/client.ts';
import { useState } from 'preact/hooks';
import { codeOf } from '../session/access.ts';
import { useWords } from '../texts/texts.ts';
import type { Replay } from './replay.ts';
import { sameAs } from './replay.ts';
import { useOpsTexts } from './texts/texts.ts';

interface Props {
  readonly client: Client;
  readonly replays: readonly Replay[];
  /** Whether anything may be done about them here. */
  readonly verbs: boolean;
  readonly onDone: () => void;
}

type Steer = 'pause' | 'resume' | 'cancel';

/** Decisions about a replay, at most. */
const SHOWN = 3;

const MAY: Readonly<Record<Replay['state'], readonly Steer[]>> = {
  requested: ['pause', 'cancel'], running: ['pause', 'cancel'], interrupted: ['resume', 'cancel'], paused: ['resume', 'cancel'], done: ['cancel'],
  cancelling: [], cancelled: [],
};
const SHAPES: Readonly<Record<Replay['state'], string>> = {
  requested: '◌', running: '▶', interrupted: '◐', paused: '‖', done: '✓', cancelling: '◌', cancelled: '×',
};

export function ReplayList({ client, replays, verbs, onDone }: Props) {
  const words = useWords();
  const { t } = words;
  const ops = useOpsTexts();
  const { columns } = ops.replays;
  const [fault, setFault] = useState<string>();
  // What cannot be taken back is asked for twice.
  const [sure, setSure] = useState<string>();
  const act = async (steer: Steer, id: string): Promise<void> => {
    setFault(undefined);
    setSure(undefined);
    try {
      await { pause: client.pauseReplay, resume: client.resumeReplay, cancel: client.cancelReplay }[steer]({ id });
    } catch (error) {
      setFault(t.problems.failed(codeOf(error) ?? String(error)));
    }
    onDone();
  };
  return (
    <>
      {fault === undefined ? null : <p class="fault" role="alert">{fault}</p>}
      <section class="card">
        <div class="scroll" tabIndex={0} role="region" aria-label={ops.replays.title}>
          <table class="list replays">
            <caption class="unseen">{ops.replays.caption}</caption>
            <thead>
              <tr>
                <th scope="col" class="left">{columns.replay}</th><th scope="col" class="left">{columns.state}</th><th scope="col" class="left">{columns.events}</th>
                <th scope="col" class="left">{columns.range}</th><th scope="col" class="left">{columns.who}</th><th scope="col" class="left">{columns.digest}</th>
                {verbs ? <th scope="col"><span class="unseen">{columns.verbs}</span></th> : null}
              </tr>
            </thead>
            <tbody>
              {replays.map((replay) => {
                const { id, state, published, total, from_position: from, to_position: to, digest, requested_by: by, note, detail, created_at: at, decisions } = replay;
                const same = sameAs(replay, replays);
                return (
                  <tr key={id}>
                    <th scope="row" class="mono">{id}</th>
                    <td class="left"><i aria-hidden="true">{SHAPES[state]}</i> {ops.replays.states[state]}{detail === null ? null : <small class="soft why">{detail}</small>}</td>
                    <td class="left"><progress max={Math.max(1, total)} value={state === 'done' ? Math.max(1, total) : published} aria-label={ops.replays.progress(id)} /><small>{ops.replays.of(words.number(published), words.number(total))}</small></td>
                    <td class="left mono">{words.number(from)} – {words.number(to)}</td>
                    <td class="left">{by ?? ops.replays.byCommand}<small class="soft why">{words.dateTime(Date.parse(at))}{note === null ? '' : ` · ${note}`}</small>
                      {decisions.slice(0, SHOWN).map((each) => (
                        <small key={each.at} class="soft why">{ops.replays.did[each.action](each.by)} · {words.dateTime(Date.parse(each.at))}{each.note === null ? '' : ` · ${each.note}`}</small>
                      ))}
                    </td>
                    <td class="left mono" title={digest ?? ''}>{digest === null ? '–' : digest.slice(0, 12)}{same === undefined ? null : <small class="same">✓ {ops.replays.same(same)}</small>}</td>
                    {!verbs ? null : (
                      <td class="row">
                        {MAY[state].map((steer) => (
                          <button
                            key={steer} type="button" aria-label={`${steer === 'cancel' && sure === id ? ops.replays.sure : ops.replays.verbs[steer]} ${id}`}
                            onClick={() => {
                              if (steer === 'cancel' && sure !== id) setSure(id);
                              else act(steer, id).catch((error: unknown) => { reportError(error); });
                            }}
                          >
                            {steer === 'cancel' && sure === id ? ops.replays.sure : ops.replays.verbs[steer]}
                          </button>
                        ))}
                      </td>
                    )}
                  </tr>
                );
              })}
            </tbody>
          </table>
        </div>
      </section>
    </>
  );
}
