/** Several URLs in one text, with commas between them: the servers of one cluster. */

/** The single URLs, as they are written. A comma counts where a protocol follows: one in a password is part of it. */
export function splitUrls(text: string): readonly string[] {
  return text.split(/,(?=[a-z]+:\/\/)/i);
}
