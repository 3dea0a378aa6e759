/** The documents as documents.test.ts reads them: the code in them, and the commands of ours among it. */
import { readRepository } from './sources.ts';
import type { TextFile } from './sources.ts';

export interface Code {
  /** Its place: `run.md:12`. */
  readonly at: string;
  readonly text: string;
}

/** A command of ours as a person types it. */
export interface CommandLine {
  readonly at: string;
  /** `relay`, or the name after `npm run`. */
  readonly program: string;
  readonly args: readonly string[];
}

/** Every document, with its text. */
export function readDocuments(): readonly TextFile[] {
  return readRepository().filter(({ path }) => path.endsWith('.md'));
}

const lineOf = (text: string, index: number): number => text.slice(0, index).split('\n').length;

/** The fenced blocks of a document, without pictures. */
export function blocksOf({ path, text }: TextFile): readonly Code[] {
  return [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].filter(([, language]) => language !== 'mermaid')
    .map((match) => ({ at: `${path}:${lineOf(text, match.index)}`, text: match[2] ?? '' }));
}

/** The texts between backticks in the prose of a document. A span may continue on the next line. */
export function spansOf({ path, text }: TextFile): readonly Code[] {
  // Blocks become blank lines, so that the numbers of the others stay.
  const prose = text.replace(/^```[\s\S]*?^```$/gm, (block) => block.replace(/[^\n]/g, ''));
  return [...prose.matchAll(/`([^`]+)`/g)]
    .map((match) => ({ at: `${path}:${lineOf(prose, match.index)}`, text: (match[1] ?? '').replace(/\s+/g, ' ') }));
}

/** The commands of a document, in spans and behind the `$` of blocks. */
export function commandLinesOf(document: TextFile): readonly CommandLine[] {
  const typed = blocksOf(document).flatMap(({ at, text }) => text.replaceAll('\\\n', ' ').split('\n')
    .filter((line) => line.startsWith('$ ')).flatMap((line) => line.slice(2).replace(/ # .*/, '').split(/ && | \| |; /))
    .map((command) => ({ at, text: command })));
  return [...typed, ...spansOf(document)].flatMap(({ at, text }) => {
    const words = text.trim().split(/\s+/).map((word) => word.replace(/^['"]|['"]$/g, ''));
    const [first = '', second = '', ...rest] = words.slice(words.findIndex((word) => !/^[A-Z_]+=/.test(word)));
    if (first === 'npm' && second === 'run') {
      const [program = '', ...args] = rest.filter((word) => word !== '--' && word !== '-s');
      return [{ at, program, args }];
    }
    if (first === 'npm' && /^[a-z]/.test(second)) return [{ at, program: second, args: rest.filter((word) => word !== '--') }];
    if (first === 'npx') return [{ at, program: second, args: rest }];
    if (/^(relay|projector)$/.test(first) && /^[a-z]+$/.test(second)) return [{ at, program: first, args: [second, ...rest] }];
    if (first === 'docker' && rest[0] === 'run') {
      const service = rest.findIndex((word) => word === 'relay' || word === 'projector');
      return service < 0 ? [] : [{ at, program: rest[service] ?? '', args: rest.slice(service + 1) }];
    }
    return [];
  });
}
