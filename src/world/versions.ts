import type { Installation } from './condition.js'
import type { Update } from './facts.js'
import type { PatchState } from './patch-states.js'

/**
 * The version of a product on a device. Somebody says it (applications), or it follows from build and updates: what
 * belongs to Windows carries a revision that grows with the newest update that counts for it. The real revisions are not
 * in the data: ours are days since 2018 (generated).
 */
export function versionOf({ product, version }: Installation, { targets, installed }: PatchState): string | null {
  if (version !== null) return version
  const target = [...targets].find(candidate => candidate.product === product)
  if (target === undefined || target.build === null) return null
  const { build } = target
  const counts = (update: Update) =>
    product.kind === 'framework'
      ? update.fixes.has(target)
      : [...update.cumulative].some(windows => windows.build === build && targets.has(windows))
  let newest = ''
  for (const update of installed) if (update.released > newest && counts(update)) newest = update.released
  const revision = newest === '' ? 1 : Math.round((Date.parse(newest) - Date.UTC(2018, 0, 1)) / 86_400_000)
  if (product.kind === 'framework') return `4.8.${revision}.0`
  if (product.kind === 'windows') return `${kernel(build)}.${build}.${revision}`
  return product.name === 'internet_explorer' ? `11.0.${build}.${revision}` : `44.${build}.${revision}.0`
}

/** Windows 7 and its server kept 6.1, 8 and 8.1 theirs; everything later is 10.0. */
function kernel(build: number): string {
  if (build === 7601) return '6.1'
  if (build === 9200) return '6.2'
  return build === 9600 ? '6.3' : '10.0'
}

/** Part by part, as numbers where they are numbers; an unknown version first, a shorter one before what it begins. */
export function compareVersions(a: string | null, b: string | null): number {
  const [left, right] = [a?.split('.') ?? [], b?.split('.') ?? []]
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const [x = '', y = ''] = [left[i], right[i]]
    if (x === y) continue
    const numbers = /^\d+$/.test(x) && /^\d+$/.test(y)
    const order = numbers ? Number(x) - Number(y) : x < y ? -1 : 1
    if (order !== 0) return order
  }
  return 0
}
