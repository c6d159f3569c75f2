import type { Facts } from './facts.js'

/** What is open on a device through one product. */
export interface Exposure {
  /** Positions in `Facts.cves`. */
  readonly cves: ReadonlySet<number>
  readonly publicExploit: boolean
  /** Sum of the severities' weights. */
  readonly points: number
}

/** Weight of an open CVE by severity (assumed: the service's formula is not public). */
const weights = { Critical: 10, Important: 4, Moderate: 1.5, Low: 0.5 } as const

export function exposureThrough(facts: Facts, cves: ReadonlySet<number>): Exposure {
  let points = 0
  let publicExploit = false
  for (const index of cves) {
    const cve = facts.cves[index]!
    points += weights[cve.severity]
    publicExploit ||= cve.publicExploit
  }
  return { cves, publicExploit, points }
}
