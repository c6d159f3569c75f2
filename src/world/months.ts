import { Chance } from './chance.js'
import { patchTuesday } from './days.js'
import type { Cve, Facts, Severity, Target, Update } from './facts.js'

/** Numbers that Microsoft will not give: those of generated updates and, of each year, of the CVEs that they fix. */
const firstKb = 9_000_001
const kbsPerMonth = 100
const firstCve = 9_910_001

/** Of a hundred CVEs of the month that others are made after, so many have a successor, and so many of a thousand an exploit. */
const successorsPerHundred = 80
const exploitsPerThousand = 15

/** About as often as in the catalog's last year. */
const impacts = [
  { name: 'Elevation of Privilege', weight: 42 },
  { name: 'Remote Code Execution', weight: 32 },
  { name: 'Information Disclosure', weight: 14 },
  { name: 'Denial of Service', weight: 6 },
  { name: 'Security Feature Bypass', weight: 4 },
  { name: 'Spoofing', weight: 2 }
]

const severities: { name: Severity; weight: number }[] = [
  { name: 'Critical', weight: 9 },
  { name: 'Important', weight: 89 },
  { name: 'Moderate', weight: 2 }
]

const field = { successor: 1, severity: 2, exploit: 3, impact: 4 } as const

/**
 * Updates for the months after the catalog's last, as far as a day of the world: on each second Tuesday one that replaces
 * each update of that last month, for the same products and builds, with CVEs of its own. All of it is made up, the same
 * for every tenant and in whatever order worlds get there, and its numbers say so.
 */
export function publish(facts: Facts, day: string): void {
  const [year, month] = facts.epoch.split('-').map(Number) as [number, number]
  for (let age = facts.generatedMonths + 1; ; age++) {
    // Months count from 0.
    const released = patchTuesday(year, month - 1 + age)
    if (released > day) return
    const { cves, updates } = monthOf(facts, age, released)
    facts.latest = facts.extend(cves, updates)
    facts.generatedMonths = age
  }
}

function monthOf(facts: Facts, age: number, released: string) {
  const chance = new Chance(facts.worldVersion, 'month', released)
  const template = facts.continued
  const cves: Cve[] = []
  let number = firstCve + 1_000 * Number(released.slice(5, 7))
  const successors = new Map<number, number>()
  const products = productsOf(template)
  for (const [index, { names }] of products) {
    if (chance.below(100, index, field.successor) >= successorsPerHundred) continue
    const impact = chance.weighted(impacts, index, field.impact).name
    successors.set(index, facts.cves.length + cves.length)
    cves.push({
      id: `CVE-${released.slice(0, 4)}-${number++}`,
      severity: chance.weighted(severities, index, field.severity).name,
      publicExploit: chance.below(1_000, index, field.exploit) < exploitsPerThousand,
      impact,
      title: `${impact} vulnerability in ${names.join(', ')} (generated: no such CVE exists)`
    })
  }
  let kb = firstKb + (age - 1) * kbsPerMonth
  const updates = template.map((update, place) => {
    // The user's own may have the number.
    while (facts.update(String(kb)) !== undefined) kb++
    return {
      id: String(kb++),
      released,
      generated: true,
      supersedes: [facts.latest[place]!],
      fixes: new Map(
        Array.from(update.fixes, ([target, fixed]): [Target, number[]] => [
          target,
          fixed.flatMap(cve => successors.get(cve) ?? [])
        ])
      ),
      cumulative: update.cumulative
    }
  })
  return { cves, updates }
}

/** The products in which updates fix each CVE, in the order of the catalog. */
function productsOf(updates: readonly Update[]): Map<number, { names: string[] }> {
  const found = new Map<number, Set<string>>()
  for (const { fixes } of updates) {
    for (const [{ product }, cves] of fixes) {
      for (const cve of cves) found.set(cve, (found.get(cve) ?? new Set()).add(product.name))
    }
  }
  return new Map(
    [...found]
      .sort(([a], [b]) => a - b)
      .map(([cve, names]) => [cve, { names: [...names].map(name => name.replaceAll('_', ' ')) }])
  )
}
