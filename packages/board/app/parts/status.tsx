/**
 * The one live region of the page. It is there from the start, because a screen reader announces only regions that it knew
 * before their text changed, and it says at most one sentence in five seconds: the newest, so that nobody is drowned.
 */
import { createStore, useStore } from './store.ts';

const EVERY_MS = 5000;

const sentence = createStore('');
let waiting: (() => string) | undefined;
let saidAt = -Infinity;
let timer: ReturnType<typeof setTimeout> | undefined;

/** Says a sentence when it is its turn. @param make makes it then; what waits is replaced */
export function say(make: () => string): void {
  waiting = make;
  if (timer !== undefined) return;
  timer = setTimeout(() => {
    timer = undefined;
    saidAt = performance.now();
    const text = waiting?.() ?? '';
    waiting = undefined;
    if (text !== '') sentence.set(text);
  }, Math.max(0, saidAt + EVERY_MS - performance.now()));
}

export function Status() {
  return <p role="status" class="unseen">{useStore(sentence)}</p>;
}
