import { dayLength } from './days.js'
import { exposureScore } from './scores.js'
import type { World } from './world.js'

/** What a day of the world left behind. */
export interface WorldDay {
  /** `YYYY-MM-DD`. */
  day: string
  /** KBs that came out on it. */
  published: string[]
  /** Devices, those that lack an update, and how many updates they lack in all. */
  machines: number
  machinesMissingUpdates: number
  missingUpdates: number
  /** Devices with an open CVE. */
  exposedMachines: number
  exposureScore: number
}

/** Days that are remembered one by one. */
const mostDays = 100

/**
 * World time goes on, day by day, so that every day is seen; of a long leap the last hundred. `at` is the clock's time
 * in milliseconds since 1970 when it begins.
 */
export function advance(world: World, milliseconds: number, at: number): void {
  const end = world.instant + milliseconds
  let now = at
  const go = (until: number) => {
    const by = until - world.instant
    const before = world.day
    world.advance(by, now)
    now += by
    if (world.day === before) return
    world.history.push(today(world))
    if (world.history.length > mostDays) world.history.shift()
  }
  if (world.history.length === 0) world.history.push(today(world))
  const leap = midnightAfter(end - mostDays * dayLength)
  if (leap > world.instant) go(leap)
  for (let midnight = midnightAfter(world.instant); midnight <= end; midnight += dayLength) go(midnight)
  if (world.instant < end) go(end)
}

function midnightAfter(instant: number): number {
  return (Math.floor(instant / dayLength) + 1) * dayLength
}

function today(world: World): WorldDay {
  let [machinesMissingUpdates, missingUpdates, exposedMachines] = [0, 0, 0]
  for (const { patches, open, devices } of world.profiles()) {
    if (patches.missing.length > 0) machinesMissingUpdates += devices
    missingUpdates += patches.missing.length * devices
    if (open.size > 0) exposedMachines += devices
  }
  return {
    day: world.day,
    published: world.facts.updates.filter(({ released }) => released === world.day).map(({ id }) => id),
    machines: world.size,
    machinesMissingUpdates,
    missingUpdates,
    exposedMachines,
    exposureScore: exposureScore(world).score
  }
}
