import type { Clock } from '../clock.js'
import type { TokenSpec, Tokens } from '../entra/tokens.js'
import { invariants, type Verdict } from '../world/invariants.js'
import type { World } from '../world/world.js'

export interface Info {
  name: 'mde-emulator'
  version: string
  worldVersion: string
  seed: number
  scenario: string
  /** World time of the tenant asked for: which updates exist. */
  worldTime: string
  /** The clock. */
  now: string
  frozen: boolean
  auth: string
  profile: string
  quirks: string[]
  tenants: string[]
  machines: number
}

export interface ControlParts {
  worlds: { of(tenant: string): World; reset(tenant?: string): void; defaultTenant: string; tenants(): string[] }
  tokens: Tokens
  clock: Clock
  /** What `info` says of the settings. */
  about: Pick<Info, 'version' | 'seed' | 'scenario' | 'auth' | 'profile' | 'quirks'>
  /** Forget what was made up since the start (ids, verified tokens). */
  forget: () => void
}

/** Who pulls the strings: the same powers for the library and for `/_emulator`. */
export class Control {
  readonly #parts: ControlParts

  constructor(parts: ControlParts) {
    this.#parts = parts
  }

  info(tenant = this.#parts.worlds.defaultTenant): Info {
    const { worlds, clock, about } = this.#parts
    const world = worlds.of(tenant)
    return {
      name: 'mde-emulator',
      version: about.version,
      worldVersion: world.facts.worldVersion,
      seed: about.seed,
      scenario: about.scenario,
      worldTime: world.day,
      now: clock.date().toISOString(),
      frozen: clock.frozen,
      auth: about.auth,
      profile: about.profile,
      quirks: about.quirks,
      tenants: worlds.tenants(),
      machines: world.size
    }
  }

  /** Whether a device of the tenant has this software. */
  has(softwareId: string, tenant = this.#parts.worlds.defaultTenant): boolean {
    const world = this.#parts.worlds.of(tenant)
    const product = world.facts.product(softwareId)
    return product !== undefined && [...world.profiles()].some(profile => profile.has(product))
  }

  /** Back to the seeded state, of one tenant or of all. */
  reset(tenant?: string): void {
    const { worlds, forget } = this.#parts
    worlds.reset(tenant)
    if (tenant === undefined) forget()
  }

  /** Any token: good, expired, for another audience, signed by a foreign key, not signed at all. */
  mint(spec: TokenSpec = {}): Promise<{ access_token: string; claims: Record<string, unknown> }> {
    return this.#parts.tokens.mint(spec)
  }

  /** Installs an update on a device. Refuses what does not apply to it. */
  installUpdate(machineId: string, kb: string, tenant = this.#parts.worlds.defaultTenant): void {
    this.#parts.worlds.of(tenant).install(machineId, kb, this.#parts.clock.now())
  }

  /** Removes an update from a device; what nothing else contains is lacking again. */
  uninstallUpdate(machineId: string, kb: string, tenant = this.#parts.worlds.defaultTenant): void {
    this.#parts.worlds.of(tenant).uninstall(machineId, kb, this.#parts.clock.now())
  }

  /** Recomputes everything by brute force and lists what disagrees: nothing. */
  invariants(tenant = this.#parts.worlds.defaultTenant): Promise<Verdict> {
    return invariants(this.#parts.worlds.of(tenant))
  }
}
