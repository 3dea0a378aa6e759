// @ts-check
import { expect } from 'chai';
import { withoutSettingsOfPsql } from './psql-settings.mjs';

describe('the environment of what we start', () => {
  const shell = {
    PATH: '/bin', PG_POOL_MAX: '7', PGHOST: 'db', PGHOSTADDR: '192.0.2.1', PGPORT: '1', PGUSER: 'me', PGPASSWORD: 'x', PGPASSFILE: '/x', PGDATABASE: 'x',
    PGSERVICE: 'x', PGSERVICEFILE: '/x', PGSSLMODE: 'require', PGSSLROOTCERT: '/x', PGOPTIONS: '-c x=y', PGAPPNAME: 'x',
    PGCLIENTENCODING: 'LATIN1', PGTZ: 'Asia/Kathmandu', PGDATESTYLE: 'German', PGTARGETSESSIONATTRS: 'standby', PGCONNECT_TIMEOUT: '1', PGDATA: '/x',
  };

  it('has nothing that a shell says to psql, because it is meant for another server than the private one', () => {
    expect(withoutSettingsOfPsql(shell)).to.deep.equal({ PATH: '/bin', PG_POOL_MAX: '7' });
    expect(withoutSettingsOfPsql({ ...shell, DATABASE_URL: '' })).to.deep.equal({ PATH: '/bin', PG_POOL_MAX: '7', DATABASE_URL: '' });
  });

  it('has it where the shell names the server as well', () => {
    for (const name of ['DATABASE_URL', 'DATABASE_URL_FILE']) {
      const own = { ...shell, [name]: 'named' };
      expect(withoutSettingsOfPsql(own)).to.deep.equal(own);
    }
  });
});
