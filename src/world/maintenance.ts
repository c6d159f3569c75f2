import { Chance } from './chance.js'
import type { Installation } from './condition.js'
import { Contradiction, NotFound } from './errors.js'
import type { Product, Target, Update } from './facts.js'
import { type OverlayMachine, pinDevices } from './overlay.js'
import type { PatchState } from './patch-states.js'
import type { World } from './world.js'

/** What an administrator does to devices. What contradicts the facts is refused, and then nothing is changed. */

/** Devices that may be added to a world. */
export const mostAdded = 100_000

/** Which devices a rollout reaches: those of a share, of a group or with a tag; of all of these that are named. */
export interface Reach {
  /** From 0 to 1: this share of the devices that it would change. */
  share?: number
  /** Ids or computer names. */
  machines?: readonly string[]
  /** Name of a device group. */
  group?: string
  tag?: string
}

/** What a rollout did. */
export interface Rollout {
  /** Devices in reach to which the update applies. */
  applicable: number
  /** Of those, the devices that it changed. */
  changed: number
}

/**
 * Puts an update on a device; what it contains is no longer lacking there. Installing it again changes nothing. `at` is
 * the clock's time in milliseconds since 1970, here and below.
 */
export function installUpdate(world: World, machineId: string, kb: string, at: number): void {
  const device = world.machine(machineId)
  const update = releasedUpdate(world, kb)
  const { patches } = world.profile(device)
  if (!applies(update, patches)) throw inapplicable(world, device, update)
  if (!patches.installed.has(update)) world.patch([device], [update], [], at)
}

/** Takes an update off a device; what nothing else contains is lacking again. */
export function uninstallUpdate(world: World, machineId: string, kb: string, at: number): void {
  const device = world.machine(machineId)
  const update = knownUpdate(world, kb)
  const { patches } = world.profile(device)
  if (!applies(update, patches)) throw inapplicable(world, device, update)
  if (!patches.installed.has(update)) {
    const lacking = patches.missing.includes(update)
    throw new Contradiction(
      `KB ${update.id} is not installed on machine ${world.id(device)}` +
        (lacking || update.released > world.day ? '' : '; a later update that is installed there contains it')
    )
  }
  world.patch([device], [], [update], at)
}

/**
 * Installs or removes an update on many devices at once, as far as it applies there. Which devices a share is made of is
 * drawn once for an update: a larger share holds the smaller one.
 */
export function rollOut(world: World, kb: string, action: 'install' | 'remove', reach: Reach, at: number): Rollout {
  const update = action === 'install' ? releasedUpdate(world, kb) : knownUpdate(world, kb)
  const { share = 1, machines, group, tag } = reach
  const named = machines && new Set(machines.map(machine => world.machineByIdOrName(machine)))
  if (group !== undefined && !world.roster.groups.has(group)) throw new NotFound(`Device group ${group} was not found`)
  const chance = new Chance(world.facts.worldVersion, world.tenant, 'rollout', update.id)
  const applicable: number[] = []
  for (const device of named ?? world.devices()) {
    if (!applies(update, world.profile(device).patches)) continue
    if (group !== undefined && world.group(device).name !== group) continue
    if (tag !== undefined && !world.tags(device).includes(tag)) continue
    applicable.push(device)
  }
  const chosen = applicable.filter(device => {
    const { installed, missing } = world.profile(device).patches
    return (
      (action === 'install' ? missing.includes(update) : installed.has(update)) &&
      chance.roll(device, 0) < share * 0x1_0000_0000
    )
  })
  world.patch(chosen, action === 'install' ? [update] : [], action === 'install' ? [] : [update], at)
  return { applicable: applicable.length, changed: chosen.length }
}

/** Puts software on a device, or another version of it; Windows updates that it needs are those that the device would have taken. */
export function installSoftware(
  world: World,
  machineId: string,
  softwareId: string,
  version: string | null,
  at: number
): void {
  const device = world.machine(machineId)
  const product = knownProduct(world, softwareId)
  refuseSystem(world, product, device)
  const { installations } = world.profile(device)
  if (installations.some(known => known.product === product && known.version === version)) return
  const others = installations.filter(known => known.product !== product)
  world.equip(device, inOrder([...others, { product, version }]), at)
}

/** Takes software off a device. */
export function uninstallSoftware(world: World, machineId: string, softwareId: string, at: number): void {
  const device = world.machine(machineId)
  const product = knownProduct(world, softwareId)
  const { installations } = world.profile(device)
  if (!installations.some(known => known.product === product)) {
    throw new Contradiction(`${product.id} is not installed on machine ${world.id(device)}`)
  }
  refuseSystem(world, product, device)
  world.equip(
    device,
    installations.filter(known => known.product !== product),
    at
  )
}

/** Adds a device, described as in a fixture file; its number. */
export function addMachine(world: World, row: OverlayMachine, at: number): number {
  if (world.roster.added.size >= mostAdded)
    throw new Contradiction(`${mostAdded} devices were added already; reset first`)
  const [pinned] = pinDevices(world.facts, world.roster.groups, { machines: [row] }, world.tenant, world.day)
  if (pinned === undefined) throw new Contradiction(`the device is of tenant ${row.tenant}, not of ${world.tenant}`)
  return world.add(pinned, at)
}

/** Removes a device, as when it is offboarded and forgotten. */
export function removeMachine(world: World, machineId: string): void {
  world.remove(world.machine(machineId))
}

/** Gives a device other tags or another group; what is undefined stays. A group that has no id yet gets one. */
export function labelMachine(
  world: World,
  machineId: string,
  { tags, group }: { tags?: readonly string[]; group?: string | null }
): void {
  const device = world.machine(machineId)
  world.label(device, tags, group === undefined ? undefined : world.roster.groupNamed(group))
}

/** Windows and what comes with it first, as the catalog has them. */
export function inOrder(installations: Installation[]): Installation[] {
  return installations.sort((a, b) => a.product.index - b.product.index)
}

export function applies({ fixes }: Update, { targets }: PatchState): boolean {
  for (const target of fixes.keys()) if (targets.has(target)) return true
  return false
}

function knownUpdate(world: World, kb: string): Update {
  const update = world.facts.update(kb)
  // Months to come are made when the first tenant gets there: for the others they are not there yet.
  if (update === undefined || (update.generated && update.released > world.day)) {
    throw new NotFound(`KB ${kb} was not found`)
  }
  return update
}

export function releasedUpdate(world: World, kb: string): Update {
  const update = knownUpdate(world, kb)
  if (update.released > world.day) {
    throw new Contradiction(`KB ${update.id} is released on ${update.released}; world time is ${world.day}`)
  }
  return update
}

function knownProduct(world: World, id: string): Product {
  const product = world.facts.product(id)
  if (product === undefined) throw new NotFound(`software ${id} is neither in the catalog nor in a fixture file`)
  return product
}

/** What comes with Windows comes and goes with it. */
function refuseSystem(world: World, { id, kind }: Product, device: number): void {
  if (kind !== 'windows' && kind !== 'component') return
  throw new Contradiction(`${id} is part of the system of machine ${world.id(device)} (${world.osPlatform(device)})`)
}

export function inapplicable(world: World, device: number, update: Update): Contradiction {
  const runs = listed(world.profile(device).patches.targets) || 'nothing that updates of the catalog fix'
  return new Contradiction(
    `KB ${update.id} does not apply to machine ${world.id(device)}: it is for ${listed(update.fixes.keys())}, the device runs ${runs}`
  )
}

function listed(targets: Iterable<Target>): string {
  return Array.from(targets, ({ product, build }) =>
    build === null ? product.id : `${product.id} (build ${build})`
  ).join(', ')
}
