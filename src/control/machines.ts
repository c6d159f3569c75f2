import type { Clock } from '../clock.js'
import { machineSchema } from '../fixture-file.js'
import { firstFlaw } from '../json-schema.js'
import { Malformed } from '../world/errors.js'
import {
  addMachine,
  installSoftware,
  installUpdate,
  labelMachine,
  type Reach,
  type Rollout,
  removeMachine,
  rollOut,
  uninstallSoftware,
  uninstallUpdate
} from '../world/maintenance.js'
import type { OverlayMachine } from '../world/overlay.js'
import type { World } from '../world/world.js'

/** A device as a fixture file describes it. */
export const machineRow = machineSchema()

export interface MachinesParts {
  clock: Clock
  worlds: { of(tenant: string): World; readonly defaultTenant: string }
}

/** What is done to devices. Each call is seen everywhere at once; what contradicts the facts is refused and changes nothing. */
export class Machines {
  readonly #parts: MachinesParts

  constructor(parts: MachinesParts) {
    this.#parts = parts
  }

  /** Adds a device, described as in a fixture file; its id. */
  async add(machine: OverlayMachine, tenant?: string): Promise<{ id: string }> {
    const flaw = await firstFlaw(machineRow, machine)
    if (flaw !== undefined) throw new Malformed(`the device, at ${flaw.place}: ${flaw.problem}`)
    const { world, now } = this.#of(tenant)
    return { id: world.id(addMachine(world, machine, now)) }
  }

  /** Removes a device. */
  remove(machineId: string, tenant?: string): void {
    removeMachine(this.#of(tenant).world, machineId)
  }

  /** Gives a device other tags or another group (null: none); what is undefined stays. */
  label(machineId: string, labels: { tags?: readonly string[]; group?: string | null }, tenant?: string): void {
    labelMachine(this.#of(tenant).world, machineId, labels)
  }

  /** Installs an update on a device. Refuses what does not apply to it. */
  installUpdate(machineId: string, kb: string, tenant?: string): void {
    const { world, now } = this.#of(tenant)
    installUpdate(world, machineId, kb, now)
  }

  /** Removes an update from a device; what nothing else contains is lacking again. */
  uninstallUpdate(machineId: string, kb: string, tenant?: string): void {
    const { world, now } = this.#of(tenant)
    uninstallUpdate(world, machineId, kb, now)
  }

  /** Installs or removes an update on many devices: a share, a group, a tag, some by id. */
  rollOut(kb: string, action: 'install' | 'remove', reach: Reach = {}, tenant?: string): Rollout {
    const { world, now } = this.#of(tenant)
    return rollOut(world, kb, action, reach, now)
  }

  /** Installs software, or another version of it. */
  installSoftware(machineId: string, softwareId: string, version: string | null = null, tenant?: string): void {
    const { world, now } = this.#of(tenant)
    installSoftware(world, machineId, softwareId, version, now)
  }

  /** Removes software. */
  uninstallSoftware(machineId: string, softwareId: string, tenant?: string): void {
    const { world, now } = this.#of(tenant)
    uninstallSoftware(world, machineId, softwareId, now)
  }

  #of(tenant = this.#parts.worlds.defaultTenant): { world: World; now: number } {
    return { world: this.#parts.worlds.of(tenant), now: this.#parts.clock.of(tenant).now() }
  }
}
