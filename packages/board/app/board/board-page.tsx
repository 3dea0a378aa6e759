/** The board: every product in every store, as it is now. */
import type { Client } from '@inventory/client/client.ts';
import { useEffect, useState } from 'preact/hooks';
import { Failure } from '../shell/failure.tsx';
import { useStore } from '../parts/store.ts';
import { here } from '../place.ts';
import type { Session } from '../session/session.ts';
import { codeOf } from '../session/access.ts';
import { useWords } from '../texts/texts.ts';
import type { Catalogue } from './catalogue.ts';
import { readCatalogue } from './catalogue.ts';
import { filtersOf, findProducts, pageOf, storesShown } from './filters.ts';
import { createNumbers } from './numbers.ts';
import { FilterBar } from './filter-bar.tsx';
import { LiveGrid } from './live-grid.tsx';

interface Props { readonly client: Client; readonly session: Session }

export function BoardPage({ client, session }: Props) {
  const words = useWords();
  const { t } = words;
  const filters = filtersOf(useStore(here).query);
  const [catalogue, setCatalogue] = useState<Catalogue>();
  const [failure, setFailure] = useState<string>();
  const [tries, setTries] = useState(0);
  const [numbers] = useState(createNumbers);

  useEffect(() => {
    const ended = new AbortController();
    setFailure(undefined);
    readCatalogue(client, ended.signal).then(setCatalogue, (error: unknown) => {
      if (!ended.signal.aborted) setFailure(codeOf(error) ?? String(error));
    });
    return () => { ended.abort(); };
  }, [client, tries]);

  if (failure !== undefined) return <Failure code={failure} role={session.role} again={() => { setTries(tries + 1); }} />;
  if (catalogue === undefined) return <p class="soft wait">{t.loading}</p>;
  const stores = storesShown(catalogue, filters);
  const found = findProducts(catalogue, filters.text);
  const shown = pageOf(found, stores.length, filters.page);
  return (
    <>
      <h1 class="unseen" tabIndex={-1}>{t.board.title}</h1>
      <FilterBar catalogue={catalogue} filters={filters} stores={stores} products={shown.items} numbers={numbers} />
      {catalogue.products.length === 0 ? <p class="card empty">{t.board.emptyCatalogue}</p>
        : (
          <LiveGrid
            client={client} session={session} numbers={numbers} filters={filters} stores={stores} shown={shown} found={found.length}
          />
        )}
      {catalogue.whole ? null : <p class="soft">{t.board.partOfCatalogue(words.number(catalogue.products.length))}</p>}
    </>
  );
}
