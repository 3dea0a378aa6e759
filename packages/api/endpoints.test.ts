import { expect } from 'chai';
import { endpoints } from './endpoints.ts';

describe('the endpoints', () => {
  it('have one name and one route each, with a summary and an example for every answer that has a body', () => {
    expect(new Set(endpoints.map(({ id }) => id)).size).to.equal(endpoints.length);
    expect(new Set(endpoints.map(({ method, path }) => `${method} ${path}`)).size).to.equal(endpoints.length);
    for (const { id, summary, answers } of endpoints) {
      expect(id).to.match(/^[a-z]+([A-Z][a-z]+)+$/);
      expect(summary, id).to.match(/^[A-Z].*[^.]$/);
      for (const [status, { schema, example }] of Object.entries(answers)) {
        if (schema !== undefined) expect(schema.safeParse(example).error, `${id} ${status}`).to.equal(undefined);
      }
    }
  });

  it('have an example body that fits, wherever they take a body', () => {
    for (const { id, body, bodyExample } of endpoints) {
      if (bodyExample !== undefined) expect(body.safeParse(bodyExample).error, id).to.equal(undefined);
    }
  });

  it('say that they are idempotent where they may answer that a key was reused, and nowhere else', () => {
    const reused = endpoints.filter(({ problems }) => problems.includes('idempotency_key_reused'));
    expect(endpoints.filter(({ idempotent }) => idempotent === true)).to.deep.equal(reused);
    expect(new Set(reused.map(({ method }) => method))).to.deep.equal(new Set(['post', 'put', 'patch']));
  });

  it('say that they are conditional where one ETag stands for the state, and nowhere else', () => {
    const conditional = endpoints.filter((each) => each.conditional === true);
    expect(conditional.map(({ id }) => id)).to.deep.equal(
      ['changeStock', 'countStock', 'updateProduct', 'archiveProduct', 'updateStore']);
    for (const { id, problems, answers } of conditional) {
      expect(problems, id).to.include('version_mismatch');
      expect(Object.values(answers).flatMap(({ headers }) => headers ?? []), id).to.include('ETag');
    }
  });
});
