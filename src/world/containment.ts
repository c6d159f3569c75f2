import type { Target, Update } from './facts.js'

/**
 * What installed updates bring with them, and what is therefore still lacking.
 *
 * A cumulative update contains every update of its Windows product and build that was released before it or on the same
 * day, with what comes along with Windows (legacy Edge, Internet Explorer) but without .NET Framework's own updates.
 * The same day counts because hotpatches and security-only updates are alternatives to the cumulative update of that
 * Tuesday: without them a device that takes the cumulative ones could never be up to date. Elsewhere containment
 * follows `supersedes`. Both are transitive.
 */
export function containedIn(installed: Iterable<Update>, targets: ReadonlySet<Target>): Set<Update> {
  const contained = new Set(installed)
  // A Set's iterator visits what is added while it runs.
  for (const update of contained) {
    for (const older of update.supersedes) contained.add(older)
    for (const target of update.cumulative) {
      if (!targets.has(target)) continue
      for (const own of targets) {
        if (own !== target && !(own.product.kind === 'component' && own.build === target.build)) continue
        for (const older of own.updates) {
          if (older.released > update.released) break
          contained.add(older)
        }
      }
    }
  }
  return contained
}

/** Updates that fix something a device runs, newest release first, then by number. */
export function applicable(targets: Iterable<Target>): Update[] {
  const updates = new Set<Update>()
  for (const target of targets) for (const update of target.updates) updates.add(update)
  return [...updates].sort(newestFirst)
}

/** The order of every list of missing KBs: newest release first, then by KB number. */
export function newestFirst(a: Update, b: Update): number {
  return a.released === b.released ? a.index - b.index : a.released < b.released ? 1 : -1
}

/**
 * What devices install that take every update, newest first: all that apply but the alternatives to a cumulative update
 * of the same day.
 */
export function taken(targets: ReadonlySet<Target>): Update[] {
  return applicable(targets).filter(update => !isAlternative(update, targets))
}

function isAlternative(update: Update, targets: ReadonlySet<Target>): boolean {
  let windows = false
  for (const target of update.fixes.keys()) {
    if (!targets.has(target) || target.product.kind === 'component') continue
    if (target.product.kind !== 'windows') return false
    windows = true
    if (update.cumulative.has(target)) return false
    const rival = target.updates.some(other => other.released === update.released && other.cumulative.has(target))
    if (!rival) return false
  }
  return windows
}
