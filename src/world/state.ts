import type { Installation } from './condition.js'
import { Contradiction, NotFound } from './errors.js'
import type { Update } from './facts.js'
import { applies, inapplicable, inOrder, mostAdded, releasedUpdate } from './maintenance.js'
import { type OverlayMachine, pinDevices } from './overlay.js'
import type { World } from './world.js'

/** How a world differs from the one that was seeded: facts only, as JSON. */
export interface WorldState {
  /** Milliseconds that world time was advanced by. */
  advanced: number
  /** Devices that were added, as a fixture file describes them, on which day, and when by the clock. */
  added: { number: number; day: string; at: string; machine: OverlayMachine }[]
  /** Ids of devices that were there at the start and are gone, though one of the same id may have been added. */
  removed: string[]
  /** Ids of groups that had none at the start, by name. */
  groups?: Record<string, number>
  /** What was done to the others, by id. */
  machines: Record<string, MachineState>
}

/** How a device differs from what it would be by itself. */
export interface MachineState {
  /** KBs that it has more, and those that it has less. */
  installed?: string[]
  uninstalled?: string[]
  /** All of its software, where that was changed. */
  software?: { id: string; version: string | null }[]
  tags?: string[]
  group?: string | null
}

/** What was changed in a world. What was done when is not kept: the delta export begins anew. */
export function stateOf(world: World): WorldState {
  const { roster } = world
  const machines: Record<string, MachineState> = {}
  const touched = new Set([...world.changedDevices(), ...roster.labels.keys()])
  for (const device of [...touched].sort((a, b) => a - b)) {
    if (!roster.lives(device)) continue
    const { patching, software } = world.changes(device) ?? {}
    const { tags, group } = roster.labels.get(device) ?? {}
    const [installed, uninstalled] = [patching?.more, patching?.less].map(updates =>
      Array.from(updates ?? [], ({ id }) => id).sort()
    ) as [string[], string[]]
    const state = {
      ...(installed.length > 0 && { installed }),
      ...(uninstalled.length > 0 && { uninstalled }),
      ...(software && !isAsAdded(world, device, software) && { software: listed(software) }),
      ...(tags && { tags: [...tags] }),
      ...(group && { group: group.name })
    }
    if (Object.keys(state).length > 0) machines[world.id(device)] = state
  }
  return {
    advanced: world.instant - world.start,
    added: [...roster.added]
      .filter(([number]) => roster.lives(number))
      .sort(([a], [b]) => a - b)
      .map(([number, { device, at }]) => ({
        number,
        day: device.asOf,
        at: new Date(at).toISOString(),
        machine: {
          id: device.id,
          computerDnsName: device.computerDnsName,
          os: device.osPlatform,
          ...(device.version !== null && { version: device.version }),
          build: device.osBuild,
          software: device.installations.map(({ product: { id }, version }) => ({
            id,
            ...(version !== null && { version })
          })),
          missing: device.missing.map(({ id }) => id),
          tags: device.tags,
          ...(device.group.name !== null && { group: device.group.name }),
          ...(device.duplicateOf !== undefined && { duplicateOf: device.duplicateOf }),
          ...(device.reported && { reported: device.reported })
        }
      })),
    removed: [...new Set([...roster.removed, ...roster.added.keys()])]
      .filter(device => world.seededMakeup(device) !== undefined)
      .sort((a, b) => a - b)
      .map(device => world.id(device)),
    ...(roster.newGroups.length > 0 && { groups: Object.fromEntries(roster.newGroups) }),
    machines
  }
}

/**
 * Brings a world into a state. All or nothing: what does not fit this world is refused, and then it is as it was. `at`
 * is the clock's time in milliseconds since 1970.
 */
export function restore(world: World, state: WorldState, at: number): void {
  const before = stateOf(world)
  try {
    apply(world, state, at)
  } catch (error) {
    apply(world, before, at)
    throw error
  }
}

function apply(world: World, { advanced, added, removed, groups = {}, machines }: WorldState, at: number): void {
  world.reset()
  world.roster.giveGroups(Object.entries(groups))
  if (advanced > 0) world.advance(advanced, at - advanced)
  for (const id of removed) world.remove(world.machine(id))
  for (const { number, day, at: since, machine } of added) {
    if (number < world.roster.numbers && world.roster.lives(number)) {
      throw new Contradiction(`machine ${machine.id} has the number of machine ${world.id(number)}`)
    }
    if (number >= world.roster.numbers + mostAdded) {
      throw new Contradiction(`machine ${machine.id} has the number ${number}, which no device here can have`)
    }
    if (!(day <= world.day) || Number.isNaN(Date.parse(day)) || Number.isNaN(Date.parse(since))) {
      throw new Contradiction(`machine ${machine.id} was added on ${day} at ${since}; world time is ${world.day}`)
    }
    const [pinned] = pinDevices(world.facts, world.roster.groups, { machines: [machine] }, world.tenant, day)
    world.add(pinned!, Date.parse(since), number)
  }
  for (const [id, { installed = [], uninstalled = [], software, tags, group }] of Object.entries(machines)) {
    const device = world.machine(id)
    if (software && new Set(software.map(({ id: of }) => of)).size < software.length) {
      throw new Contradiction(`machine ${id} has a product twice`)
    }
    if (software) world.equip(device, inOrder(software.map(({ id, version }) => installation(world, id, version))), at)
    const [more, less] = [installed, uninstalled].map(kbs => updatesOf(world, device, kbs)) as [Update[], Update[]]
    const both = more.find(update => less.includes(update))
    if (both !== undefined) throw new Contradiction(`KB ${both.id} is installed on machine ${id} and is not`)
    world.patch([device], more, less, at)
    if (tags !== undefined || group !== undefined) {
      world.label(device, tags, group === undefined ? undefined : world.roster.groupNamed(group))
    }
  }
  world.moves.reset()
}

function installation(world: World, id: string, version: string | null): Installation {
  const product = world.facts.product(id)
  if (product === undefined) throw new NotFound(`software ${id} is neither in the catalog nor in a fixture file`)
  return { product, version }
}

function updatesOf(world: World, device: number, kbs: readonly string[]): Update[] {
  return kbs.map(kb => {
    const update = releasedUpdate(world, kb)
    if (!applies(update, world.profile(device).patches)) throw inapplicable(world, device, update)
    return update
  })
}

function listed(installations: readonly Installation[]) {
  return installations.map(({ product: { id }, version }) => ({ id, version }))
}

/** A device that was added has software of its own anyway. */
function isAsAdded({ roster }: World, device: number, software: readonly Installation[]): boolean {
  const added = roster.added.get(device)?.device
  return added !== undefined && JSON.stringify(listed(added.installations)) === JSON.stringify(listed(software))
}
