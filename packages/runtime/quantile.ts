/**
 * The value below which the share `q` (0 to 1) of the values lies, by nearest rank; undefined when there are none.
 * @param sorted ascending
 */
export function quantile(sorted: ArrayLike<number>, q: number): number | undefined {
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))];
}
