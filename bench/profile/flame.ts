/**
 * A flame graph as one SVG file without scripts, after Brendan Gregg's: each box is a function, as wide as its share of the
 * time, above the one that called it. A browser tells name, place and share of a box under the pointer.
 */
import type { Frame } from './cpu-profile.ts';

const WIDTH = 1_600;
const ROW = 17;
const HEAD = 40;
/** Narrower boxes are left out: nobody sees them, and they are most of the file. */
const MIN_WIDTH = 0.6;
const LETTER = 6.7;

/** Hues by where a function stands, so that ours stand out from what is installed. */
function hueOf(place: string): string {
  if (place.startsWith('packages/') || place.startsWith('db/')) return 'hsl(18 85% 70%)';
  if (place.startsWith('node:')) return 'hsl(95 40% 75%)';
  if (place === '') return 'hsl(0 0% 82%)';
  return 'hsl(210 55% 78%)';
}

const escaped = (text: string): string => text.replace(/[&<>"]/g, (letter) => `&#${letter.charCodeAt(0)};`);

/** @param title what was measured, in words @param per so many answers were given: each box tells its time for one of them */
export function flameGraph(root: Frame, { title, per }: { readonly title: string; readonly per: number }): string {
  const boxes: string[] = [];
  let depth = 0;
  const draw = (frame: Frame, left: number, level: number): void => {
    const width = (frame.total / root.total) * WIDTH;
    if (width < MIN_WIDTH) return;
    depth = Math.max(depth, level);
    const share = `${((100 * frame.total) / root.total).toFixed(1)} %, ${(frame.total / per).toFixed(1)} µs each, `
      + `${(frame.self / per).toFixed(1)} µs in itself`;
    const letters = Math.floor(width / LETTER) - 1;
    const label = letters < 3 ? '' : frame.name.length <= letters ? frame.name : `${frame.name.slice(0, letters - 1)}…`;
    boxes.push(`<g><title>${escaped(`${frame.name}${frame.place === '' ? '' : ` (${frame.place})`}: ${share}`)}</title>`
      + `<rect x="${left.toFixed(1)}" y="${level * ROW + HEAD}" width="${(width - 0.4).toFixed(1)}" height="${ROW - 1}" fill="${hueOf(frame.place)}"/>`
      + (label === '' ? '' : `<text x="${(left + 3).toFixed(1)}" y="${level * ROW + HEAD + 12}">${escaped(label)}</text>`) + '</g>');
    let at = left;
    for (const child of frame.children) {
      draw(child, at, level + 1);
      at += (child.total / root.total) * WIDTH;
    }
  };
  if (root.total > 0) draw(root, 0, 0);
  const height = (depth + 1) * ROW + HEAD + 8;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" `
    + `font-family="ui-monospace, monospace" font-size="11"><rect width="100%" height="100%" fill="#fff"/>`
    + `<text x="8" y="18" font-size="14">${escaped(title)}</text>`
    + '<text x="8" y="33">orange: ours; blue: installed; green: Node; grey: V8 and native code</text>'
    + `${boxes.join('\n')}</svg>\n`;
}
