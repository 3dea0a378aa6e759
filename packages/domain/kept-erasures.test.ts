import { expect } from 'chai';
import { parseErasures } from './kept-erasures.ts';

const LOG = '0198a000-0000-7000-8000-000000000a01';
const head = { type: 'erasures', log_id: LOG, exported_at: '2026-11-24T10:28:00.000Z' };
const erasure = {
  erasure_id: '0198a000-0000-7000-8000-000000000e01', customer_ref: '0198a000-0000-7000-8000-000000000c01', erased_at: '2026-11-24T10:27:00.000Z',
  erased_by: 'admin-1', holds_released: 2, references_removed: 0,
};
const textOf = (...lines: readonly object[]) => lines.map((line) => `${JSON.stringify(line)}\n`).join('');

describe('a file of erasures', () => {
  it('is read as it was written, also without any', () => {
    expect(parseErasures(textOf(head, erasure, erasure), LOG)).to.deep.equal([erasure, erasure]);
    expect(parseErasures(textOf(head), LOG)).to.deep.equal([]);
  });

  it('is refused where it is of another log, or something else, with the line', () => {
    expect(() => parseErasures(textOf({ ...head, log_id: erasure.erasure_id }), LOG)).to.throw('it is of another log');
    for (const [text, line] of [
      ['', 1], ['{', 1], [textOf(erasure), 1], [textOf(head, head), 2], [textOf(head, erasure, { ...erasure, customer_ref: 'cust-1' }), 3],
      [`${textOf(head)}{"erasure_id":`, 2],
    ] as const) {
      expect(() => parseErasures(text, LOG), text).to.throw(`line ${line} is not of an export of erasures`);
    }
  });
});
