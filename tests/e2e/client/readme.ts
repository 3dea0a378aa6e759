/** The examples of packages/client/README.md as one program, and what it should print. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const README = join(import.meta.dirname, '..', '..', '..', 'packages', 'client', 'README.md');
const MARK = '----';

interface Example {
  /** Its first line in the document. */
  readonly line: number;
  readonly code: string;
  /** What the document says that it prints. */
  readonly prints: string;
}

/** Each block of TypeScript, with the block of text behind it. */
export function examples(): readonly Example[] {
  const text = readFileSync(README, 'utf8');
  return [...text.matchAll(/^```ts\n([\s\S]*?)^```$(?:\n+```text\n([\s\S]*?)^```$)?/gm)].map((match) => ({
    line: text.slice(0, match.index).split('\n').length + 1, code: match[1] ?? '', prints: match[2] ?? '',
  }));
}

/** One program of all examples, because each goes on from those before. */
export function program(all: readonly Example[]): string {
  return all.map(({ code }) => `${code}console.log('${MARK}');\n`).join('\n');
}

/** What the program has printed, example by example. */
export function printed(output: string): readonly string[] {
  return output.split(`${MARK}\n`).slice(0, -1);
}
