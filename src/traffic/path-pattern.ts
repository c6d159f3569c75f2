/**
 * Paths as rules and questions name them, without regard to case: `*` stands for anything within a segment, a segment `**`
 * for any number of segments. So `/api/**` is the whole API, and `**` before `/getmissingkbs` both its forms.
 * Doubled slashes and one at the end mean nothing, as in routing, and what is percent-encoded is what it stands for.
 */
export function pathPattern(pattern: string): (path: string) => boolean {
  // What stands between two `**`, each a run of as many segments as it has.
  const runs: string[][] = [[]]
  for (const segment of segmentsOf(pattern)) {
    if (segment === '**') runs.push([])
    else runs.at(-1)!.push(segment)
  }
  const [first = [], ...others] = runs
  const last = others.pop()
  return path => {
    const segments = segmentsOf(path)
    if (!fits(segments, first, 0)) return false
    if (last === undefined) return segments.length === first.length
    const end = segments.length - last.length
    let at = first.length
    for (const run of others) {
      while (at <= end && !fits(segments, run, at)) at++
      at += run.length
    }
    return at <= end && fits(segments, last, end)
  }
}

/** Whether a run of segments stands at a place. */
function fits(segments: readonly string[], run: readonly string[], from: number): boolean {
  return (
    from + run.length <= segments.length && run.every((segment, index) => matches(segments[from + index]!, segment))
  )
}

function matches(text: string, pattern: string): boolean {
  const [first = '', ...others] = pattern.split('*')
  const last = others.pop()
  if (last === undefined) return text === first
  if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) return false
  let at = first.length
  for (const part of others) {
    const found = text.indexOf(part, at)
    if (found === -1) return false
    at = found + part.length
  }
  return at <= text.length - last.length
}

/** Decoded one by one: a slash that is encoded parts nothing. */
function segmentsOf(path: string): string[] {
  return path
    .split('/')
    .filter(segment => segment !== '')
    .map(segment => decoded(segment).toLowerCase())
}

function decoded(segment: string): string {
  if (!segment.includes('%')) return segment
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}
