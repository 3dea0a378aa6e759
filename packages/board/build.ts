/** `node packages/board/build.ts`: builds the pages into an image, whose sources do not change any more. */
import { buildBoard } from './bundle.ts';

const names = await buildBoard();
process.stdout.write(`${names.join('\n')}\n`);
