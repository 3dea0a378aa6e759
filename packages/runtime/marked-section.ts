/** Sections of a document that a program writes, between two markers that a person leaves alone. */

/** The text with what stands between the markers of a section replaced. @throws {Error} where it has no such section */
export function withSection(text: string, name: string, content: string): string {
  const [begin, end] = [`<!-- ${name}: npm run generate writes this table -->`, `<!-- end of ${name} -->`];
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`no section ${name} between its markers`);
  return `${text.slice(0, from + begin.length)}\n${content}\n${text.slice(to)}`;
}
