import { setImmediate as breathe } from 'node:timers/promises'
import type { Score } from '../model/score.js'
import { inventory, saturated } from './inventory.js'
import type { Profile } from './profile.js'
import type { World } from './world.js'

/** Devices between two breaths. */
const stride = 20_000

/** What the recommendations would take off it, in all; 100 at the most (assumed). */
export function exposureScore(world: World): Score {
  const sum = inventory(world).reduce((total, { impactScore }) => total + impactScore, 0)
  return { ...at(world), score: scored(sum), rbacGroupName: null, rbacGroupId: null }
}

/** The same of the devices of each group, by the id of the group. Groups without devices are absent. */
export async function exposureScoreByMachineGroups(world: World): Promise<Score[]> {
  const groups = new Map<number, { name: string | null; devices: number; burden: number }>()
  const burdens = new Map<Profile, number>()
  for (let device = 0; device < world.size; device++) {
    if (device % stride === stride - 1) await breathe()
    const profile = world.profile(device)
    const burden = burdens.get(profile) ?? burdenOf(profile)
    burdens.set(profile, burden)
    const { id, name } = world.group(device)
    const group = groups.get(id) ?? { name, devices: 0, burden: 0 }
    groups.set(id, group)
    group.devices++
    group.burden += burden
  }
  return [...groups]
    .sort(([a], [b]) => a - b)
    .map(([id, { name, devices, burden }]) => ({
      ...at(world),
      score: scored((10 * burden) / devices),
      rbacGroupName: name,
      rbacGroupId: id
    }))
}

/** Points of 1,000: the share of devices on which nothing is open (assumed; configurations are not in the world yet). */
export function configurationScore(world: World): Score {
  let sound = 0
  for (const { open, devices } of world.profiles()) if (open.size === 0) sound += devices
  const score = world.size === 0 ? 0 : Math.round((1000 * sound) / world.size)
  return { ...at(world), score, rbacGroupName: null, rbacGroupId: null }
}

function burdenOf({ patches }: Profile): number {
  let burden = 0
  for (const { points } of patches.exposure.values()) burden += saturated(points)
  return burden
}

function at({ day }: World): { time: string } {
  return { time: `${day}T00:00:00Z` }
}

function scored(value: number): number {
  return Math.min(100, Number(value.toFixed(9)))
}
