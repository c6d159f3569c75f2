import { readFileSync } from 'node:fs'
import { packageFile } from '../package.js'
import type { Configuration, Cve, EndOfSupport, FactRows, FixRow, ProductKind, Severity } from './facts.js'

/** `fixtures/catalog.json` as `fixtures/distil.mjs` writes it. */
interface Catalog {
  worldVersion: string
  epoch: string
  products: { vendor: string; name: string; kind: ProductKind }[]
  /** id, severity, 1 when a public exploit is known. */
  cves: [string, Severity, 0 | 1][]
  updates: { id: string; released: string; supersedes?: string[]; fixes: FixRow[] }[]
}

/** `fixtures/advisories.json`: its CVEs with severity, impact and 1 when a public exploit is known. */
interface AdvisoryFile {
  advisories: { product: string; fixedIn: string; released: string; cves: [string, Severity, string, 0 | 1][] }[]
}

/** The real products, CVEs and updates that come with the emulator, and the made-up vulnerabilities of other software. */
export function loadCatalog(): FactRows {
  const catalog = readFixture('catalog.json') as Catalog
  // The catalog names Microsoft's products only by name: they are the only ones with updates.
  const fixed = (row: FixRow): FixRow => ({ ...row, product: `microsoft-_-${row.product}` })
  const cves: Cve[] = catalog.cves.map(([id, severity, exploit]) => ({ id, severity, publicExploit: exploit === 1 }))
  const lastMonth = catalog.epoch.slice(0, 7)
  const { advisories } = readFixture('advisories.json') as AdvisoryFile
  return {
    worldVersion: catalog.worldVersion,
    epoch: catalog.epoch,
    products: catalog.products,
    cves,
    advisories: advisories.map(({ cves: rows, ...advisory }) => ({
      ...advisory,
      cves: rows.map(([id, severity, impact, exploit]) => {
        const name = advisory.product.split('-_-')[1]!.replaceAll('_', ' ')
        const title = `${impact} vulnerability in ${name} (generated: no such CVE exists)`
        return cves.push({ id, severity, publicExploit: exploit === 1, impact, title }) - 1
      })
    })),
    configurations: (readFixture('configurations.json') as { configurations: Configuration[] }).configurations,
    endsOfSupport: (readFixture('lifecycle.json') as { ends: EndOfSupport[] }).ends,
    continued: catalog.updates.filter(({ released }) => released.startsWith(lastMonth)).map(({ id }) => id),
    updates: catalog.updates.map(({ supersedes = [], fixes, ...update }) => ({
      ...update,
      supersedes,
      fixes: fixes.map(fixed)
    }))
  }
}

/** A file that comes with the emulator. */
export function readFixture(path: string): unknown {
  return JSON.parse(readFileSync(packageFile(`fixtures/${path}`), 'utf8'))
}
