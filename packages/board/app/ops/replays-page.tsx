/** Replays: a range of the log, published again to a stream of its own. Who asked for which, how far each is, and a way to ask for one. */
import type { Client } from '@inventory/client/client.ts';
import { useState } from 'preact/hooks';
import { say } from '../parts/status.tsx';
import type { Session } from '../session/session.ts';
import { Command } from '../shell/command.tsx';
import { Failure } from '../shell/failure.tsx';
import { SOON_AGAIN, usePolled } from '../shell/polled.ts';
import { useWords } from '../texts/texts.ts';
import { isFull } from './console.ts';
import { moves } from './replay.ts';
import { ReplayList } from './replay-list.tsx';
import { useOpsTexts } from './texts/texts.ts';
import { Wizard } from './wizard.tsx';

interface Props { readonly client: Client; readonly session: Session }

const EVERY_MS = 2000;
const WHILE_ONE_MOVES_MS = 500;
const SHOWN = 50;

export function ReplaysPage({ client, session }: Props) {
  const { t } = useWords();
  const ops = useOpsTexts();
  const [asking, setAsking] = useState(false);
  const [fast, setFast] = useState(false);
  const { value, failure, again } = usePolled(fast ? WHILE_ONE_MOVES_MS : EVERY_MS, [client, fast], async (signal) => {
    const found = await client.getReplays({ limit: SHOWN }, { signal, ...SOON_AGAIN });
    setFast(found.replays.some(moves));
    return found;
  });
  if (failure !== undefined) return <Failure code={failure} role={session.role} again={again} />;
  if (value === undefined) return <p class="soft wait">{t.loading}</p>;
  const { replays } = value;
  return (
    <>
      <div class="title">
        <div><h1 tabIndex={-1}>{ops.replays.title}</h1><p class="soft">{ops.replays.lead}</p></div>
        {isFull() && !asking ? <button type="button" id="new" class="primary" onClick={() => { setAsking(true); }}>{ops.replays.begin}</button> : null}
      </div>
      {!asking ? null : (
        <Wizard
          client={client}
          onEnd={(id) => {
            setAsking(false);
            again();
            if (id !== undefined) say(() => ops.replays.asked(id));
            requestAnimationFrame(() => { document.querySelector<HTMLElement>(id === undefined ? '#new' : 'main h1')?.focus(); });
          }}
        />
      )}
      {replays.length === 0 ? <p class="card empty"><b>{ops.replays.none}</b></p> : <ReplayList client={client} replays={replays} verbs={isFull()} onDone={again} />}
      <Command label={t.explain.command} text="npm run relay -- replay ls" />
    </>
  );
}
