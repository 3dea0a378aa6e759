/** Versions as a caller expects them, and what it is told when the row is at another one. */

/** What a caller expects whose condition no version meets: an entity tag that is weak, or not one of ours. */
export const NO_VERSION = -1;

/** The sentence for a row that is at another version than the caller expected. @param what the row, such as `product` */
export function otherVersion(what: string, version: number, expected: number): string {
  return expected === NO_VERSION
    ? `The ${what} is at version ${version}, and If-Match names none of its versions: send "${version}" for this one. A weak tag (W/) never matches.`
    : `The ${what} is at version ${version}, not ${expected}.`;
}
