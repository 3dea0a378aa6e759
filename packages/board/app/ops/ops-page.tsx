/** The pages of operators, with their tabs. They are loaded together when the first of them is opened. */
import type { Client } from '@inventory/client/client.ts';
import { useStore } from '../parts/store.ts';
import { PipelinePage } from '../pipeline/pipeline-page.tsx';
import type { OpsPlace } from '../place.ts';
import { here, linkTo } from '../place.ts';
import type { Session } from '../session/session.ts';
import { ConsistencyPage } from './consistency-page.tsx';
import { ParkedPage } from './parked-page.tsx';
import { ReplaysPage } from './replays-page.tsx';
import { useOpsTexts } from './texts/texts.ts';

interface Props { readonly client: Client; readonly session: Session; readonly page: OpsPlace }

const TABS: readonly OpsPlace[] = ['pipeline', 'parked', 'replays', 'consistency'];

export function OpsPage({ client, session, page }: Props) {
  const ops = useOpsTexts();
  const { query } = useStore(here);
  return (
    <>
      {session.role !== 'admin' ? null : (
        <nav class="tabs" aria-label={ops.tabs.label}>
          {TABS.map((each) => (
            <a key={each} href={linkTo({ page: each }, query)} {...(each === page ? { 'aria-current': 'page' as const } : {})}>{ops.tabs[each]}</a>
          ))}
        </nav>
      )}
      {page === 'pipeline' ? <PipelinePage client={client} session={session} /> : null}
      {page === 'parked' ? <ParkedPage client={client} session={session} /> : null}
      {page === 'replays' ? <ReplaysPage client={client} session={session} /> : null}
      {page === 'consistency' ? <ConsistencyPage client={client} session={session} /> : null}
    </>
  );
}
