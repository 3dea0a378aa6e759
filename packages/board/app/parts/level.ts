/** How well a store is stocked: OUT at 0, LOW up to three. Shape and word say it; colour only repeats it. */
export type Level = 'ok' | 'low' | 'out';

const LOW_STOCK = 3;

export function levelOf(available: number): Level {
  if (available <= 0) return 'out';
  return available <= LOW_STOCK ? 'low' : 'ok';
}

/** Drawn beside the number; none where all is well. */
export const SHAPES: Readonly<Record<Level, string>> = { ok: '', low: '◐', out: '○' };
