import type { Condition, Installation } from './condition.js'
import type { Update } from './facts.js'

/** A CVE that is open through an installation. */
export interface Finding {
  readonly installation: Installation
  readonly version: string | null
  /** Position in `Facts.cves`. */
  readonly cve: number
  /** The missing KB that fixes it there; of several the newest (assumed). Null when only a later version does. */
  readonly fix: Update | null
}

/** What is open on devices in a condition, product by product. */
export function findingsOf(condition: Condition): Finding[] {
  const { installations, patches } = condition
  return installations.flatMap(installation => {
    const { product } = installation
    const version = condition.versionOf(installation)
    const fixes = new Map<number, Update | null>()
    // Newest first: the first that is met stays.
    for (const update of patches.missing) {
      for (const target of patches.targets) {
        if (target.product !== product) continue
        for (const cve of update.fixes.get(target) ?? []) if (!fixes.has(cve)) fixes.set(cve, update)
      }
    }
    for (const { cves } of condition.advisories(installation)) {
      for (const cve of cves) if (!fixes.has(cve)) fixes.set(cve, null)
    }
    return Array.from(fixes, ([cve, fix]) => ({ installation, version, cve, fix }))
  })
}
