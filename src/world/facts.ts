/**
 * The tables that do not depend on a tenant: products, CVEs, updates and who fixes what. Immutable once made; tenants
 * share them.
 */

/** How a product is bound: `windows`, `component` (comes with Windows) and `framework` to a build, others to nothing. */
export type ProductKind = 'windows' | 'component' | 'framework' | 'application'

export interface Product {
  /** Position in the catalog; lists of product names follow it (Windows first, then what comes with it). */
  readonly index: number
  /** `<vendor>-_-<name>`, as in `/api/Software/{Id}`. */
  readonly id: string
  readonly vendor: string
  readonly name: string
  readonly kind: ProductKind
}

/** The security update guide's words; Microsoft's Defender pages use Critical, High, Medium, Low. */
export type Severity = 'Critical' | 'Important' | 'Moderate' | 'Low'

export interface Cve {
  readonly id: string
  readonly severity: Severity
  readonly publicExploit: boolean
  /** Of a generated one, whose texts stand in no catalog: what it harms and what it is called. */
  readonly impact?: string
  readonly title?: string
}

/** What fixes vulnerabilities of software that has no KBs: a version. */
export interface Advisory {
  readonly fixedIn: string
  /** `YYYY-MM-DD`. */
  readonly released: string
  /** Positions in `Facts.cves`. */
  readonly cves: readonly number[]
}

/** A security configuration that a device may lack. */
export interface Configuration {
  /** `scid-` and a number. */
  readonly id: string
  readonly name: string
  readonly category: string
  readonly subCategory: string
  /** What it is worth in the configuration score. */
  readonly points: number
  /** Roles of the platforms that it concerns. */
  readonly roles: readonly string[]
}

/** When support of a product, or of one build of it, ends. */
export interface EndOfSupport {
  readonly product: string
  readonly build?: number
  /** `YYYY-MM-DD`. */
  readonly date: string
}

/** A product on a Windows build (or on none): what an update fixes and what a device runs. */
export interface Target {
  readonly index: number
  readonly product: Product
  readonly build: number | null
  /** Updates that fix it, oldest first. */
  readonly updates: Update[]
}

export interface Update {
  readonly index: number
  /** KB number, digits only. */
  readonly id: string
  /** Date of release, `YYYY-MM-DD`. */
  readonly released: string
  readonly supersedes: readonly Update[]
  /** The CVEs it fixes, per target, as positions in `Facts.cves`. */
  readonly fixes: ReadonlyMap<Target, readonly number[]>
  /** Targets whose monthly cumulative update it is. */
  readonly cumulative: ReadonlySet<Target>
  /** Made up: of a month that the catalog does not have. */
  readonly generated?: boolean
}

/** One row of `fixes`: builds of a product that get the same fix. */
export interface FixRow {
  product: string
  builds: (number | null)[]
  cumulative?: boolean
  /** Positions in `cves`. */
  cves: number[]
}

/** What facts are made from: the catalog, overlaid with the user's own rows. */
export interface FactRows {
  worldVersion: string
  /** The world's present when the clock says nothing else, `YYYY-MM-DD`. */
  epoch: string
  products: { vendor: string; name: string; kind: ProductKind }[]
  cves: Cve[]
  updates: { id: string; released: string; supersedes: string[]; fixes: FixRow[] }[]
  advisories: { product: string; fixedIn: string; released: string; cves: number[] }[]
  configurations: Configuration[]
  endsOfSupport: EndOfSupport[]
  /** Ids of the updates after which those of months to come are made. */
  continued: string[]
}

export class Facts {
  readonly worldVersion: string
  readonly epoch: string
  readonly products: readonly Product[]
  readonly cves: readonly Cve[]
  /** Oldest first, but for the user's own of days to come. */
  readonly updates: readonly Update[]
  readonly targets: readonly Target[]
  readonly configurations: readonly Configuration[]
  readonly #advisories = new Map<Product, Advisory[]>()
  readonly #ends: ReadonlyMap<string, string>
  readonly #products = new Map<string, Product>()
  readonly #updates = new Map<string, Update>()
  readonly #targets = new Map<string, Target>()
  /** The catalog's last month, after which those to come are made. */
  readonly continued: readonly Update[]
  /** What replaced each of those last. */
  latest: readonly Update[]
  /** How many months after the catalog's last have updates. */
  generatedMonths = 0

  constructor(rows: FactRows) {
    this.worldVersion = rows.worldVersion
    this.epoch = rows.epoch
    this.products = rows.products.map(({ vendor, name, kind }, index) => {
      const product = { index, id: `${vendor}-_-${name}`, vendor, name, kind }
      this.#products.set(product.id, product)
      return product
    })

    this.cves = rows.cves

    const targets: Target[] = []
    const targetOf = (product: Product, build: number | null) => {
      const key = `${product.index}/${build}`
      let target = this.#targets.get(key)
      if (target === undefined) {
        target = { index: targets.length, product, build, updates: [] }
        targets.push(target)
        this.#targets.set(key, target)
      }
      return target
    }

    const ordered = [...rows.updates].sort(
      (a, b) => compare(a.released, b.released) || compare(a.id.length, b.id.length) || compare(a.id, b.id)
    )
    this.updates = ordered.map((row, index) => {
      const fixes = new Map<Target, readonly number[]>()
      const cumulative = new Set<Target>()
      for (const fix of row.fixes) {
        for (const build of fix.builds) {
          const target = targetOf(this.#products.get(fix.product)!, build)
          fixes.set(target, fix.cves)
          if (fix.cumulative === true) cumulative.add(target)
        }
      }
      const supersedes: Update[] = []
      const update: Update = { index, id: row.id, released: row.released, supersedes, fixes, cumulative }
      this.#updates.set(update.id, update)
      for (const target of fixes.keys()) target.updates.push(update)
      return update
    })
    for (const row of ordered) {
      const { supersedes } = this.#updates.get(row.id)!
      for (const id of row.supersedes) (supersedes as Update[]).push(this.#updates.get(id)!)
    }
    this.targets = targets
    this.continued = rows.continued.map(id => this.#updates.get(id)!)
    this.latest = this.continued

    for (const { product, ...advisory } of rows.advisories) {
      const of = this.#products.get(product)!
      this.#advisories.set(of, [...this.advisoriesOn(of), advisory])
    }
    this.configurations = rows.configurations
    this.#ends = new Map(rows.endsOfSupport.map(({ product, build, date }) => [`${product}/${build ?? ''}`, date]))
  }

  /**
   * Updates of days to come, with the CVEs that they fix (positions go on from those that are there). They are newer than
   * what they replace. Who lives before their day does not see them.
   */
  extend(cves: readonly Cve[], updates: readonly Omit<Update, 'index'>[]): Update[] {
    ;(this.cves as Cve[]).push(...cves)
    return updates.map(row => {
      const update = { ...row, index: this.updates.length }
      ;(this.updates as Update[]).push(update)
      this.#updates.set(update.id, update)
      for (const { updates: known } of row.fixes.keys()) {
        // The user's own may be of a later day still.
        const place = known.findIndex(({ released }) => released > update.released)
        known.splice(place === -1 ? known.length : place, 0, update)
      }
      return update
    })
  }

  /** Whether nothing comes out between two days, neither updates nor versions of other software. */
  isQuiet(one: string, other: string): boolean {
    const [after, until] = one < other ? [one, other] : [other, one]
    const between = ({ released }: { released: string }) => released > after && released <= until
    return !this.updates.some(between) && ![...this.#advisories.values()].some(list => list.some(between))
  }

  /** What fixes a product that has no KBs, oldest first. */
  advisoriesOn(product: Product): readonly Advisory[] {
    return this.#advisories.get(product) ?? []
  }

  /** When support of a product ends, or of one of its builds; undefined when nobody said. */
  endOfSupport({ id }: Product, build: number | null): { date: string; of: 'software' | 'version' } | undefined {
    const ofVersion = build === null ? undefined : this.#ends.get(`${id}/${build}`)
    if (ofVersion !== undefined) return { date: ofVersion, of: 'version' }
    const date = this.#ends.get(`${id}/`)
    return date === undefined ? undefined : { date, of: 'software' }
  }

  /** A product by its id, without regard to case. */
  product(id: string): Product | undefined {
    return this.#products.get(id) ?? this.#products.get(id.toLowerCase())
  }

  /** An update by its KB number, with or without "KB". */
  update(kb: string): Update | undefined {
    return this.#updates.get(kb.replace(/^kb/i, ''))
  }

  /** Undefined when no update of the catalog fixes that product on that build. */
  target(product: Product, build: number | null): Target | undefined {
    return this.#targets.get(`${product.index}/${build}`)
  }
}

function compare<T extends string | number>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0
}
