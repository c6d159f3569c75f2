/** Letters to add, drop or change to make one text of another: Levenshtein's distance. */
export function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(next[j - 1]! + 1, row[j]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1))
    }
    row = next
  }
  return row[b.length]!
}

/** `; did you mean …?` when one of the names is near. */
export function suggestion(name: string, known: readonly string[]): string {
  const plain = (text: string) => text.toLowerCase().replace(/[^a-z0-9]/g, '')
  let best: { candidate: string; far: number } | undefined
  for (const candidate of known) {
    const far = distance(plain(name), plain(candidate))
    if (best === undefined || far < best.far) best = { candidate, far }
  }
  return best !== undefined && best.far <= Math.max(2, name.length / 3) ? `; did you mean ${best.candidate}?` : ''
}
