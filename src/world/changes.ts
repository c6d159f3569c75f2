import { setImmediate as breathe } from 'node:timers/promises'
import type { DeltaAssetVulnerability } from '../model/export.js'
import { Advisories } from './advisories.js'
import { type Change, describeChange, identities } from './exports.js'
import type { Finding } from './findings.js'
import { daysBefore } from './fleet.js'
import { type Makeup, patchedOn } from './makeup.js'
import { PatchStates, Profile } from './profile.js'
import type { World } from './world.js'

/** A device that was changed while the emulator ran. */
export interface Move {
  device: number
  /** Milliseconds since 1970, by the clock. */
  at: number
  before: Profile
  after: Profile
}

const dayLength = 86_400_000
/** How far back changes are kept and asked for (page get-assessment-software-vulnerabilities). */
export const longest = 14 * dayLength
/** Devices between two breaths. */
const stride = 20_000

interface Entry {
  device: number
  changes: readonly Change[]
  /** Where its changes end. */
  end: number
  before: Profile
  after: Profile
}

/**
 * What was opened, closed and changed since an instant, oldest first: what the days of the world brought (updates came
 * out, devices took them), then what was done to devices while the emulator ran. World time stands still while the
 * clock passes, so days of the world count only if they lie in the time that is asked for.
 */
export async function vulnerabilityChanges(world: World, since: number, now: number) {
  const entries: Entry[] = []
  let length = 0
  const add = (device: number, before: Profile, after: Profile, changes: readonly Change[]) => {
    if (changes.length === 0) return
    length += changes.length
    entries.push({ device, changes, end: length, before, after })
  }

  for (let age = 14; age >= 0; age--) {
    const day = daysBefore(world.day, age)
    const at = Date.parse(day)
    if (at < since || at > now) continue
    const changed = changesOn(world, day)
    for (let device = 0; device < world.size; device++) {
      if (device % stride === stride - 1) await breathe()
      const { before, after, changes } = changed(world.makeup(device))
      add(device, before, after, changes)
    }
  }
  for (const { device, at, before, after } of world.moves()) {
    if (at >= since) add(device, before, after, difference(before, after, at))
  }

  const identityOf = identities(world, now)
  const at = (index: number): DeltaAssetVulnerability => {
    const { device, changes, end, before, after } = entries[firstAbove(entries, index)]!
    const change = changes[index - (end - changes.length)]!
    return describeChange(world, identityOf(device), change, change.status === 'Fixed' ? before : after)
  }
  return { length, at }
}

/** What a day of the world changed on devices of a makeup. */
function changesOn(world: World, day: string) {
  const eve = profilesOn(world, daysBefore(day, 1))
  const dawn = profilesOn(world, day)
  const known = new Map<string, { before: Profile; after: Profile; changes: Change[] }>()
  return (makeup: Makeup) => {
    let changed = known.get(makeup.key)
    if (changed === undefined) {
      const [before, after] = [eve(makeup), dawn(makeup)]
      changed = { before, after, changes: difference(before, after, Date.parse(day)) }
      known.set(makeup.key, changed)
    }
    return changed
  }
}

function profilesOn({ facts }: World, day: string): (makeup: Makeup) => Profile {
  const ground = { facts, advisories: new Advisories(facts, day) }
  const states = new PatchStates(day)
  return makeup => new Profile(ground, makeup.installations, patchedOn(day, makeup, states), makeup.posture)
}

/** A new version of a product closes what was open in the old one and opens what still is (documented). */
function difference(before: Profile, after: Profile, at: number): Change[] {
  const key = ({ installation, version, cve }: Finding) => `${installation.product.index} ${version} ${cve}`
  const old = new Map(before.findings.map(finding => [key(finding), finding]))
  const changes: Change[] = []
  for (const item of after.findings) {
    const known = old.get(key(item))
    old.delete(key(item))
    if (known === undefined) changes.push({ item, status: 'New', at })
    else if (known.fix !== item.fix) changes.push({ item, status: 'Updated', at })
  }
  return [...Array.from(old.values(), (item): Change => ({ item, status: 'Fixed', at })), ...changes]
}

function firstAbove(entries: readonly Entry[], index: number): number {
  let [low, high] = [0, entries.length - 1]
  while (low < high) {
    const middle = (low + high) >> 1
    if (entries[middle]!.end > index) high = middle
    else low = middle + 1
  }
  return low
}
