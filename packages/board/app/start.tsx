/** The first file of the pages: it signs in or shows the page that the URL names. */
import type { Client } from '@inventory/client/client.ts';
import { render } from 'preact';
import type { FunctionComponent } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { BoardPage } from './board/board-page.tsx';
import { Failure } from './shell/failure.tsx';
import { Status } from './parts/status.tsx';
import { useStore } from './parts/store.ts';
import { ExplainPage } from './explain/explain-page.tsx';
import { ProductPage } from './product/product-page.tsx';
import type { OpsPlace } from './place.ts';
import { followLocation, here, opsPlaceOf, placeOf } from './place.ts';
import { createAccess } from './session/access.ts';
import { arrive, arriving } from './session/arrival.ts';
import { Ending } from './session/ending.tsx';
import type { Session } from './session/session.ts';
import { identityOf, resumeSession, session } from './session/session.ts';
import { SignIn } from './session/sign-in.tsx';
import { Head } from './shell/head.tsx';
import { Trouble } from './shell/trouble.tsx';
import { useWords } from './texts/texts.ts';

function App() {
  const found = useStore(session);
  const waits = useStore(arriving);
  const { t, language } = useWords();
  useEffect(() => { document.documentElement.lang = language; }, [language]);
  useEffect(() => { document.title = t.title; }, [t]);
  return (
    <>
      {waits ? <main><p class="soft wait">{t.loading}</p></main>
        : found === undefined ? <main><SignIn /></main> : <SignedIn key={identityOf(found)} session={found} />}
      <Status />
    </>
  );
}

function SignedIn({ session: found }: { readonly session: Session }) {
  const { t } = useWords();
  const [client] = useState(createAccess);
  const place = placeOf(useStore(here).path);
  const ops = opsPlaceOf(place.page);
  return (
    <>
      <a class="skip" href="#content">{t.skip}</a>
      <Head session={found} page={place.page} />
      <main id="content">
        <Trouble />
        <Ending session={found} />
        {place.page === 'board' ? <BoardPage client={client} session={found} /> : null}
        {place.page === 'product' ? <ProductPage key={place.product} client={client} session={found} product={place.product} /> : null}
        {place.page === 'explain'
          ? <ExplainPage key={`${place.store} ${place.product}`} client={client} session={found} store={place.store} product={place.product} /> : null}
        {ops === undefined ? null : <Ops client={client} session={found} page={ops} />}
        {place.page === 'unknown' ? <Failure code="not_found" role={found.role} /> : null}
      </main>
    </>
  );
}

interface OpsProps { readonly client: Client; readonly session: Session; readonly page: OpsPlace }

/** The pages of operators, which are loaded when the first of them is opened: a shop does not pay for them. */
function Ops(props: OpsProps) {
  const { t } = useWords();
  const [Loaded, setLoaded] = useState<FunctionComponent<OpsProps>>();
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    import('./ops/ops-page.tsx').then(({ OpsPage }) => { setLoaded(() => OpsPage); }, () => { setFailed(true); });
  }, []);
  if (failed) return <Failure code="network_error" role={props.session.role} again={() => { location.reload(); }} />;
  return Loaded === undefined ? <p class="soft wait">{t.loading}</p> : <Loaded {...props} />;
}

followLocation();
resumeSession();
void arrive();
const root = document.querySelector('#app');
if (root !== null) render(<App />, root);
