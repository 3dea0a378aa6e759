#!/usr/bin/env node
// @ts-check
/* `npx projector …`: the system's Node may be too old, so this hands over to the one that the repository uses. */
import { launch } from '../../../scripts/lib/app/launch.mjs';
import { runMain } from '../../../scripts/lib/base/problem.mjs';

await runMain(() => launch('projector', process.argv.slice(2)));
