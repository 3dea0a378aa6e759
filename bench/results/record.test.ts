import { expect } from 'chai';
import { createRecorder } from './record.ts';
import { QUICK } from '../system/system.ts';
import { figureRow } from '../testing/figures.ts';

describe('a run of the bench', () => {
  const start = (only?: readonly string[]) => {
    const told: string[] = [];
    const recorder = createRecorder({
      effort: QUICK, peers: false, ids: ['W1', 'W2', 'R1'], only, onChange: ({ id }) => { told.push(id); },
    });
    return { recorder, told };
  };
  const rowOf = (id: string) => () => Promise.resolve([figureRow({ id })]);
  const broken = () => Promise.reject(new Error('broken'));

  it('keeps every other figure when a row fails, and tells of each as soon as it is there', async () => {
    const { recorder, told } = start();
    await recorder.group(['W1', 'W2'], async ({ measure }) => {
      await measure('W1', broken);
      await measure('W2', rowOf('W2'));
    });
    await recorder.group(['R1'], ({ measure }) => measure('R1', rowOf('R1')));
    expect(told).to.deep.equal(['W1', 'W2', 'R1']);
    expect(recorder.rows().map(({ id }) => id)).to.deep.equal(['W2', 'R1']);
    expect(recorder.failed()).to.deep.equal([{ id: 'W1', error: 'broken' }]);
  });

  it('counts what rows share as failed for those that are not there yet', async () => {
    const { recorder } = start();
    await recorder.group(['W1', 'W2'], async ({ measure }) => {
      await measure('W2', rowOf('W2'));
      throw new Error('the system fell over');
    });
    expect(recorder.rows().map(({ id }) => id)).to.deep.equal(['W2']);
    expect(recorder.failed()).to.deep.equal([{ id: 'W1', error: 'the system fell over' }]);
  });

  it('puts rows in the order of the table, and measures none that nobody wants', async () => {
    const { recorder } = start(['W1', 'R1']);
    await recorder.group(['R1'], ({ measure }) => measure('R1', rowOf('R1')));
    await recorder.group(['W1', 'W2'], async ({ measure }) => {
      await measure('W2', rowOf('W2'));
      await measure('W1', () => Promise.resolve([figureRow({ id: 'W1a' }), figureRow({ id: 'W1c' })]));
    });
    expect(recorder.rows().map(({ id }) => id)).to.deep.equal(['W1a', 'W1c', 'R1']);
  });
});
