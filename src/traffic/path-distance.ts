import { distance } from '../edit-distance.js'

/** A segment more or less. */
const gap = 0.7
/** A parameter takes anything, but a literal that is the same is nearer. */
const parameter = 0.15
/** Of a segment, and segments of a path, that are compared: more than any path here has. */
const longestSegment = 80
const mostSegments = 16

/**
 * How far a path is from a template, whose segments may be parameters (`{id}`) or wildcards: 0 when it is the same, up to
 * 1 for each segment that is another word.
 */
export function pathDistance(path: string, template: string): number {
  const [asked, wanted] = [segments(path), segments(template)]
  let row = wanted.map((_, index) => index * gap)
  row.push(wanted.length * gap)
  for (const [index, segment] of asked.entries()) {
    const next = [(index + 1) * gap]
    for (const [at, other] of wanted.entries()) {
      // `**` stands for as many as there are.
      const skip = other === '**' ? 0 : gap
      next.push(Math.min(next[at]! + skip, row[at + 1]! + skip, row[at]! + between(segment, other)))
    }
    row = next
  }
  return row.at(-1)!
}

/** Whether some word of a template, other than those that many have, is in a path, or nearly. */
export function sharesWord(path: string, template: string, common: readonly string[]): boolean {
  const asked = segments(path)
  return segments(template)
    .filter(word => !word.startsWith('{') && !word.includes('*') && !common.includes(word))
    .some(word => asked.some(segment => between(segment, word) < 1))
}

function between(segment: string, wanted: string): number {
  if (wanted.startsWith('{') || wanted.includes('*')) return parameter
  if (segment === wanted) return 0
  const far = distance(segment, wanted) / Math.max(segment.length, wanted.length)
  // Half the letters alike is another word.
  return far > 0.5 ? 1 : far
}

function segments(path: string): string[] {
  return path
    .toLowerCase()
    .split('/')
    .filter(segment => segment !== '')
    .slice(0, mostSegments)
    .map(segment => segment.slice(0, longestSegment))
}
