/** The middle of some numbers. */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)]
}

/** The median of each list of an object. */
export function medians(results) {
  return Object.fromEntries(Object.entries(results).map(([name, values]) => [name, median(values)]))
}
