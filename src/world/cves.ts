import { readFileSync } from 'node:fs'
import { packageFile } from '../package.js'
import { Chance } from './chance.js'
import { baseScore } from './cvss.js'
import type { Cve, Facts, Severity } from './facts.js'

/** What is known of a CVE wherever it is open, and what is generated to fit it. */
export interface CveDetails {
  title: string
  severity: string
  vector: string
  score: number
  /** `YYYY-MM-DD`: the first update that fixes it. */
  published: string
  updated: string
  publicExploit: boolean
  exploitVerified: boolean
  exploitInKit: boolean
  exploitTypes: string[]
  epss: number
}

/** The update guide's ratings as the API writes them, and the scores that go with them (CVSS 3.1, section 5). */
const ratings: Record<Severity, { name: string; from: number; to: number }> = {
  Critical: { name: 'Critical', from: 9, to: 10 },
  Important: { name: 'High', from: 7, to: 8.9 },
  Moderate: { name: 'Medium', from: 4, to: 6.9 },
  Low: { name: 'Low', from: 0.1, to: 3.9 }
}

/** By impact: from where it is attacked, what it harms (the usual first), and what an exploit of it is called. */
const impacts: Record<string, { vectors: string[]; harms: string[]; exploit: string }> = {
  'Remote Code Execution': { vectors: ['N', 'A', 'L'], harms: ['C:H/I:H/A:H', 'C:L/I:L/A:L'], exploit: 'Remote' },
  'Elevation of Privilege': {
    vectors: ['L', 'N'],
    harms: ['C:H/I:H/A:H', 'C:L/I:L/A:L'],
    exploit: 'PrivilegeEscalation'
  },
  'Information Disclosure': {
    vectors: ['L', 'N'],
    harms: ['C:H/I:N/A:N', 'C:H/I:L/A:N', 'C:H/I:H/A:N', 'C:L/I:N/A:N'],
    exploit: 'Local'
  },
  'Denial of Service': {
    vectors: ['N', 'A', 'L'],
    harms: ['C:N/I:N/A:H', 'C:N/I:N/A:L', 'C:L/I:L/A:H'],
    exploit: 'Dos'
  },
  'Security Feature Bypass': { vectors: ['L', 'N'], harms: ['C:N/I:H/A:N', 'C:H/I:H/A:N'], exploit: 'Local' },
  Spoofing: { vectors: ['N'], harms: ['C:H/I:L/A:N', 'C:L/I:L/A:N', 'C:H/I:H/A:N', 'C:L/I:N/A:N'], exploit: 'Remote' },
  Tampering: { vectors: ['L', 'N'], harms: ['C:N/I:H/A:N', 'C:H/I:H/A:N'], exploit: 'Local' }
}
const field = { vector: 1, updated: 2, verified: 3, kit: 4, epss: 5 } as const

/** CVEs by position in `Facts.cves`. Details are made when they are first asked for; names are read from a file then. */
export class Cves {
  readonly #facts: Facts
  readonly #details = new Map<number, CveDetails>()
  readonly #candidates = new Map<string, readonly string[]>()
  #texts: ReadonlyMap<string, { impact: string | null; title: string }> | undefined
  /** The day of the first fix by CVE, and how many updates were looked at. */
  #first: { of: number; days: ReadonlyMap<number, string> } | undefined
  #byId: ReadonlyMap<string, number> | undefined

  constructor(facts: Facts) {
    this.#facts = facts
  }

  /** Its position, without regard to case. */
  find(id: string): number | undefined {
    const { cves } = this.#facts
    // Months to come bring more of them.
    if (this.#byId?.size !== cves.length) this.#byId = new Map(cves.map((cve, index) => [cve.id, index]))
    return this.#byId.get(id.toUpperCase())
  }

  details(index: number): CveDetails {
    let details = this.#details.get(index)
    if (details === undefined) {
      details = this.#make(this.#facts.cves[index]!, index)
      this.#details.set(index, details)
    }
    return details
  }

  #make({ id, severity, publicExploit, ...generated }: Cve, index: number): CveDetails {
    this.#texts ??= texts()
    const { impact = null, title = id } = generated.title === undefined ? (this.#texts.get(id) ?? {}) : generated
    const kind = impacts[impact ?? ''] ?? impacts['Remote Code Execution']!
    const chance = new Chance(this.#facts.worldVersion, 'cve', id)
    const vectors = this.#vectors(severity, impact ?? 'Remote Code Execution')
    const vector = vectors[chance.below(vectors.length, 0, field.vector)]!
    const published = this.#firstFix(index) ?? this.#facts.epoch
    const roll = chance.below(10_000, 0, field.epss)
    return {
      title,
      severity: ratings[severity].name,
      vector,
      score: baseScore(vector),
      published,
      updated: later(published, chance.below(120, 0, field.updated), this.#facts.epoch),
      publicExploit,
      exploitVerified: publicExploit && chance.below(10, 0, field.verified) < 6,
      exploitInKit: publicExploit && chance.below(10, 0, field.kit) < 2,
      exploitTypes: publicExploit ? [kind.exploit] : [],
      epss: publicExploit ? 0.1 + roll / 11_500 : 0.0004 + roll / 500_000
    }
  }

  /** Vectors that fit the impact and whose score fits the severity. */
  #vectors(severity: Severity, impact: string): readonly string[] {
    const question = `${severity}|${impact}`
    const known = this.#candidates.get(question)
    if (known !== undefined) return known
    const { vectors, harms } = impacts[impact]!
    const { from, to } = ratings[severity]
    for (const harm of harms) {
      const fitting = vectors
        .flatMap(av => ['L', 'H'].flatMap(ac => ['N', 'L', 'H'].map(pr => `CVSS:3.1/AV:${av}/AC:${ac}/PR:${pr}`)))
        .flatMap(start => ['N', 'R'].flatMap(ui => ['U', 'C'].map(scope => `${start}/UI:${ui}/S:${scope}/${harm}`)))
        .filter(vector => baseScore(vector) >= from && baseScore(vector) <= to)
      if (fitting.length === 0) continue
      this.#candidates.set(question, fitting)
      return fitting
    }
    throw new Error(`no CVSS vector fits ${question}`)
  }

  /** The day of the first update or version that fixes it. */
  #firstFix(index: number): string | undefined {
    const { updates, products } = this.#facts
    if (this.#first?.of !== updates.length) {
      const first = new Map<number, string>()
      for (const { fixes, released } of updates) {
        for (const cves of fixes.values()) for (const cve of cves) if (!first.has(cve)) first.set(cve, released)
      }
      for (const product of products) {
        for (const { cves, released } of this.#facts.advisoriesOn(product)) {
          for (const cve of cves) if (!first.has(cve)) first.set(cve, released)
        }
      }
      this.#first = { of: updates.length, days: first }
    }
    return this.#first.days.get(index)
  }
}

function texts(): ReadonlyMap<string, { impact: string | null; title: string }> {
  const { cves } = JSON.parse(readFileSync(packageFile('fixtures/cves.json'), 'utf8')) as {
    cves: [string, string | null, string][]
  }
  return new Map(cves.map(([id, impact, title]) => [id, { impact, title }]))
}

function later(day: string, days: number, last: string): string {
  const moved = new Date(Date.parse(day) + days * 86_400_000).toISOString().slice(0, 10)
  if (moved < last) return moved
  return day < last ? last : day
}
