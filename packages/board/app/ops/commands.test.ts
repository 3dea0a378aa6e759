import { expect } from 'chai';
import { parkedCommand, quoted } from './commands.ts';

describe('the commands of the console', () => {
  it('quote what a shell would take for its own', () => {
    expect(quoted('it\'s $HOME')).to.equal('\'it\'\\\'\'s $HOME\'');
  });

  it('name the events that were chosen, all of them, or how to find them', () => {
    const wish = { verb: 'skip', ids: ['a', 'b'], count: 2, reason: undefined, note: ' of no use ' } as const;
    expect(parkedCommand(wish)).to.equal('npm run relay -- parked skip a b --note \'of no use\'');
    expect(parkedCommand({ ...wish, verb: 'retry', count: 900, note: '' })).to.equal('npm run relay -- parked retry --all');
    expect(parkedCommand({ ...wish, count: 900, reason: 'payload too large', note: '' })).to.equal(
      'npm run --silent relay -- parked ls --limit 5000 --json | jq -r \'.events[] | select(.reason | startswith("payload too large:")) | .event_id\''
      + ' | xargs npm run relay -- parked skip');
  });
});
