import { expect } from 'chai';
import { z } from 'zod';
import { safeParse } from './safe-parse.ts';

const like = { length: { toString: 1 } };

describe('parsing what strangers sent', () => {
  it('never throws for a value, although zod may', () => {
    for (const schema of [z.string().min(1), z.array(z.int()).max(3), z.object({ id: z.string().max(5) })]) {
      const value = schema instanceof z.ZodObject ? { id: like } : like;
      expect(() => schema.safeParse(value)).to.throw(TypeError);
      expect(safeParse(schema, value).success).to.equal(false);
    }
  });

  it('tells what zod tells of any other value', () => {
    const schema = z.object({ id: z.string().max(5) });
    for (const value of [{ id: 'a' }, { id: 'abcdef' }, { id: 7 }, null, 'x', []]) {
      expect(JSON.stringify(safeParse(schema, value))).to.equal(JSON.stringify(schema.safeParse(value)));
    }
  });

  it('lets through what a schema throws for a reason of its own', () => {
    const broken = z.string().transform(() => { throw new RangeError('a fault of the schema'); });
    expect(() => safeParse(broken, 'x')).to.throw(RangeError);
  });
});
