import type { Profile } from './profile.js'
import { firstAbove } from './search.js'
import type { World } from './world.js'

/** Rows of many devices, some for each: made when they are looked at. */
export interface DeviceRows<Row> {
  readonly length: number
  at(index: number): Row
  /** Those of one device, when a query asks for one. */
  where(equal: ReadonlyMap<string, unknown>): { length: number; at(index: number): Row } | undefined
  /** Those of the devices from number `from` up to, not including, `to`. */
  ofDevices(from: number, to: number): Iterable<Row>
}

/** Where the rows of each device end, and what it was at the time: one may be patched while somebody reads on. */
export interface DeviceIndex {
  readonly profiles: readonly Profile[]
  readonly ends: Float64Array
}

export function indexDevices(world: World, rowsOf: (profile: Profile) => number): DeviceIndex {
  const profiles = new Array<Profile>(world.size)
  const ends = new Float64Array(world.size)
  let length = 0
  for (let device = 0; device < world.size; device++) {
    const profile = world.profile(device)
    profiles[device] = profile
    length += rowsOf(profile)
    ends[device] = length
  }
  return { profiles, ends }
}

/**
 * Device after device, as `/api/machines` lists them; what devices of a profile have in common is worked out once.
 * `property` is the one that holds the device's id.
 */
export function perDevice<Item, Row>(
  world: World,
  { profiles, ends }: DeviceIndex,
  property: string,
  items: (profile: Profile) => readonly Item[],
  row: (device: number, item: Item, profile: Profile) => Row
): DeviceRows<Row> {
  const length = ends.at(-1) ?? 0
  const startOf = (device: number) => (device === 0 ? 0 : ends[device - 1]!)
  const at = (index: number) => {
    const device = firstAbove(ends.length, place => ends[place]!, index)
    const profile = profiles[device]!
    return row(device, items(profile)[index - startOf(device)]!, profile)
  }
  return {
    length,
    at,
    where(equal) {
      const id = equal.get(property)
      if (typeof id !== 'string') return undefined
      const device = world.find(id)
      if (device === undefined) return { length: 0, at }
      const start = startOf(device)
      return { length: ends[device]! - start, at: index => at(start + index) }
    },
    *ofDevices(from, to) {
      for (let device = from; device < Math.min(to, profiles.length); device++) {
        const profile = profiles[device]!
        for (const item of items(profile)) yield row(device, item, profile)
      }
    }
  }
}
