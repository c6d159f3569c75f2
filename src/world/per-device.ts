import type { Profile } from './profile.js'
import type { Order } from './roster.js'
import { firstAbove } from './search.js'
import type { World } from './world.js'

/** Rows of many devices, some for each: made when they are looked at. */
export interface DeviceRows<Row> {
  readonly length: number
  at(index: number): Row
  /** Those of one device, when a query asks for one. */
  where(equal: ReadonlyMap<string, unknown>): { length: number; at(index: number): Row } | undefined
  /** Those of the devices from position `from` up to, not including, `to`. */
  ofDevices(from: number, to: number): Iterable<Row>
}

/** Where the rows of each device end, and what it was at the time: one may be patched or go while somebody reads on. */
export interface DeviceIndex {
  readonly order: Order
  readonly profiles: readonly Profile[]
  readonly ends: Float64Array
}

export function indexDevices(world: World, rowsOf: (profile: Profile) => number): DeviceIndex {
  const profiles = new Array<Profile>(world.size)
  const ends = new Float64Array(world.size)
  let length = 0
  const { order } = world
  for (let position = 0; position < order.length; position++) {
    const profile = world.profile(order.at(position))
    profiles[position] = profile
    length += rowsOf(profile)
    ends[position] = length
  }
  return { order, profiles, ends }
}

/**
 * Device after device, as `/api/machines` lists them; what devices of a profile have in common is worked out once.
 * `property` is the one that holds the device's id.
 */
export function perDevice<Item, Row>(
  world: World,
  { order, profiles, ends }: DeviceIndex,
  property: string,
  items: (profile: Profile) => readonly Item[],
  row: (device: number, item: Item, profile: Profile) => Row
): DeviceRows<Row> {
  const length = ends.at(-1) ?? 0
  const startOf = (position: number) => (position === 0 ? 0 : ends[position - 1]!)
  const at = (index: number) => {
    const position = firstAbove(ends.length, place => ends[place]!, index)
    const profile = profiles[position]!
    return row(order.at(position), items(profile)[index - startOf(position)]!, profile)
  }
  return {
    length,
    at,
    where(equal) {
      const id = equal.get(property)
      if (typeof id !== 'string') return undefined
      const device = world.find(id)
      const position = device === undefined ? undefined : order.positionOf(device)
      if (position === undefined) return { length: 0, at }
      const start = startOf(position)
      return { length: ends[position]! - start, at: index => at(start + index) }
    },
    *ofDevices(from, to) {
      for (let position = from; position < Math.min(to, profiles.length); position++) {
        const profile = profiles[position]!
        for (const item of items(profile)) yield row(order.at(position), item, profile)
      }
    }
  }
}
