import { expect } from 'chai';
import { connectionStringOf, problemOfDatabaseUrl } from './target.ts';

describe('a URL of PostgreSQL', () => {
  for (const url of [
    'postgres://h/d', 'postgresql://me:secret@h:5432/d', 'postgres://h', 'postgres://[::1]:5432/d', 'postgres://me:p%40ss,word@h/d',
    'postgres://h/d?sslmode=verify-full&sslrootcert=/ca.pem', 'postgres://localhost/d?host=/var/run/postgresql',
    'postgres://%2Fvar%2Frun%2Fpostgresql/d', 'postgres://h/d?options=-c%20geqo%3Doff&application_name=x',
  ]) {
    it(`is taken: ${url}`, () => { expect(problemOfDatabaseUrl(url)).to.equal(undefined); });
  }

  for (const [what, url, problem] of [
    ['a leading blank', ' postgres://h/d', 'begins or ends with a blank or another invisible character'],
    ['a line break at its end', 'postgres://h/d\n', 'begins or ends with a blank or another invisible character'],
    ['a byte order mark', '\ufeffpostgres://h/d', 'begins or ends with a blank or another invisible character'],
    ['a zero-width space', 'postgres://h/d\u200b', 'begins or ends with a blank or another invisible character'],
    ['quotation marks', '"postgres://h/d"', 'must be a URL that starts with postgres:// or postgresql://'],
    ['another program\'s dialect', 'postgresql+asyncpg://h/d', 'must be a URL that starts with postgres:// or postgresql://'],
    ['the form of libpq', 'host=h dbname=d', 'must be a URL that starts with postgres:// or postgresql://'],
    ['no host', 'postgres:///d', 'must name a host; for a socket name its folder: postgres://user:password@localhost/database?host=/var/run/postgresql'],
    ['two hosts', 'postgres://a,b/d', 'names several hosts: name one address that always leads to the primary, such as a proxy or the service of the failover tool'],
    ['two hosts with ports', 'postgres://me:x@a:5432,b:5433/d?target_session_attrs=read-write', 'names several hosts: name one address that always leads to the primary, such as a proxy or the service of the failover tool'],
    ['two hosts as parameter', 'postgres://h/d?host=a,b', 'names several hosts: name one address that always leads to the primary, such as a proxy or the service of the failover tool'],
    ['a schema', 'postgres://h/d?schema=shop', 'names a schema (schema); the tables are in the schema public: give them a database of their own'],
    ['a schema by another name', 'postgres://h/d?currentSchema=shop', 'names a schema (currentSchema); the tables are in the schema public: give them a database of their own'],
  ] as const) {
    it(`is refused for ${what}`, () => { expect(problemOfDatabaseUrl(url)).to.equal(problem); });
  }

  it('keeps the parameters that lead to the server, and no other', () => {
    expect(connectionStringOf('postgres://me:secret@h:5432/d?sslmode=require&host=/run/pg&statement_timeout=0&query_timeout=0&application_name=x&client_encoding=LATIN1'))
      .to.equal('postgres://me:secret@h:5432/d?sslmode=require&host=%2Frun%2Fpg');
    expect(() => connectionStringOf('postgres://a,b/d')).to.throw('the URL of PostgreSQL names several hosts');
  });
});
