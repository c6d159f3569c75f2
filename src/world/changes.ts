import { setImmediate as breathe } from 'node:timers/promises'
import type { DeltaAssetVulnerability } from '../model/export.js'
import type { Condition } from './condition.js'
import { dayOf, daysBefore } from './days.js'
import { type Change, describeChange, identities } from './exports.js'
import type { Finding } from './findings.js'
import { type Makeup, patchedOn } from './makeup.js'
import type { Move } from './moves.js'
import { firstAbove } from './search.js'
import type { World } from './world.js'

/** Devices between two breaths. */
const stride = 20_000

/** Devices of which something changed, where their changes end among all of them, and what changed. */
interface Block {
  devices: Uint32Array
  ends: Float64Array
  changedOn: (device: number) => Changed
}

interface Changed {
  before: Condition
  after: Condition
  changes: readonly Change[]
}

/** Something that changed devices, at an instant of the clock. */
type Occasion = { at: number } & ({ move: Move } | { day: string; except: ReadonlySet<number> })

/**
 * What was opened, closed and changed since an instant, oldest first: what the days of the world brought (updates came
 * out, devices took them), and what was done to devices while the emulator ran. World time stands still while the
 * clock passes: the days before the start count only if they lie in the time that is asked for, later ones when the
 * clock was advanced to them.
 */
export async function vulnerabilityChanges(world: World, since: number, now: number) {
  const blocks: Block[] = []
  let length = 0
  const add = (devices: number[], changedOn: Block['changedOn']) => {
    const ends = Float64Array.from(devices, device => {
      length += changedOn(device).changes.length
      return length
    })
    if (devices.length > 0) blocks.push({ devices: Uint32Array.from(devices), ends, changedOn })
  }

  let dawn: { day: string; conditions: ReadonlyMap<Makeup, Condition> } | undefined
  for (const occasion of occasions(world, since, now)) {
    if ('move' in occasion) {
      const { device, at, before, after } = occasion.move
      const changes = difference(before, after, at)
      if (changes.length > 0) add([device], () => ({ before: before ?? after, after, changes }))
      continue
    }
    const { day, at, except } = occasion
    const yesterday = daysBefore(day, 1)
    const eve = dawn?.day === yesterday ? dawn.conditions : await conditionsOn(world, yesterday)
    dawn = { day, conditions: await conditionsOn(world, day) }
    const changed = new Map<Makeup, Changed>()
    for (const { makeup } of world.makeups()) {
      await breathe()
      const [before, after] = [eve.get(makeup)!, dawn.conditions.get(makeup)!]
      const changes = difference(before, after, at)
      if (changes.length > 0) changed.set(makeup, { before, after, changes })
    }
    if (changed.size === 0) continue
    const devices: number[] = []
    for (const device of world.devices()) {
      if (device % stride === stride - 1) await breathe()
      const makeup = world.seededMakeup(device)
      if (makeup !== undefined && changed.has(makeup) && !except.has(device)) devices.push(device)
    }
    add(devices, device => changed.get(world.seededMakeup(device)!)!)
  }

  const identityOf = identities(world, now)
  const at = (index: number): DeltaAssetVulnerability => {
    const { devices, ends, changedOn } = blocks[firstAbove(blocks.length, block => blocks[block]!.ends.at(-1)!, index)]!
    const place = firstAbove(ends.length, entry => ends[entry]!, index)
    const device = devices[place]!
    const { before, after, changes } = changedOn(device)
    const change = changes[index - (ends[place]! - changes.length)]!
    return describeChange(world, identityOf(device), change, change.status === 'Fixed' ? before : after)
  }
  return { length, at }
}

/** What happened since an instant, oldest first. */
function occasions({ start, moves }: World, since: number, now: number): Occasion[] {
  const nobody: ReadonlySet<number> = new Set()
  const first = dayOf(start)
  const found: Occasion[] = [
    ...Array.from({ length: 15 }, (_, age) => daysBefore(first, 14 - age)).map(day => ({
      day,
      at: Date.parse(day),
      except: nobody
    })),
    ...moves.tides,
    ...moves.devices.map(move => ({ at: move.at, move }))
  ]
  return found.filter(({ at }) => at >= since && at <= now).sort((a, b) => a.at - b.at)
}

/** What devices of each makeup were on a day of the world, in the seeded state. */
async function conditionsOn(world: World, day: string): Promise<ReadonlyMap<Makeup, Condition>> {
  const ground = world.grounds.on(day)
  const conditions = new Map<Makeup, Condition>()
  for (const { makeup } of world.makeups()) {
    await breathe()
    const { installations, posture } = makeup
    conditions.set(makeup, ground.condition(installations, patchedOn(day, makeup, ground.states), posture))
  }
  return conditions
}

/** A new version of a product closes what was open in the old one and opens what still is (documented). */
function difference(before: Condition | undefined, after: Condition, at: number): Change[] {
  const key = ({ installation, version, cve }: Finding) => `${installation.product.index} ${version} ${cve}`
  const old = new Map(before?.findings.map(finding => [key(finding), finding]))
  const changes: Change[] = []
  for (const item of after.findings) {
    const known = old.get(key(item))
    old.delete(key(item))
    if (known === undefined) changes.push({ item, status: 'New', at })
    else if (known.fix !== item.fix) changes.push({ item, status: 'Updated', at })
  }
  return [...Array.from(old.values(), (item): Change => ({ item, status: 'Fixed', at })), ...changes]
}
