import { setImmediate as breathe } from 'node:timers/promises'
import type { Score } from '../model/score.js'
import { inventory, saturated } from './inventory.js'
import type { Profile } from './profile.js'
import { spread, worth } from './recommendations.js'
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
  for (const device of world.devices()) {
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

/**
 * The points of every configuration for the share of its devices that have it (assumed): what is not reached is the
 * `configScoreImpact` of the recommendations.
 */
export function configurationScore(world: World): Score {
  let score = 0
  for (const configuration of world.facts.configurations) {
    const { applicable, lacking } = spread(world, configuration)
    score += worth(configuration, applicable - lacking, applicable)
  }
  return { ...at(world), score: Number(score.toFixed(6)), rbacGroupName: null, rbacGroupId: null }
}

function burdenOf({ exposure }: Profile): number {
  let burden = 0
  for (const { points } of exposure.values()) burden += saturated(points)
  return burden
}

function at({ day }: World): { time: string } {
  return { time: `${day}T00:00:00Z` }
}

function scored(value: number): number {
  return Math.min(100, Number(value.toFixed(9)))
}
