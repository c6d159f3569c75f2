import type { Clock } from '../clock.js'
import type { Responses } from '../defender/responses.js'
import type { Quirks } from '../defender/tenant-quirks.js'
import type { DeviceCode, DeviceCodeInfo } from '../entra/device-codes.js'
import type { Directory } from '../entra/directory.js'
import { SignInError } from '../entra/errors.js'
import type { TokenSpec } from '../entra/minting.js'
import type { SignIns } from '../entra/sign-ins.js'
import { scenarios } from '../options.js'
import type { Faults } from '../traffic/faults.js'
import type { Journal } from '../traffic/journal.js'
import { Requests } from '../traffic/requests.js'
import type { Throttle } from '../traffic/throttle.js'
import { Contradiction, Malformed, NotFound } from '../world/errors.js'
import { invariants, type Verdict } from '../world/invariants.js'
import { listScenarios, type ScenarioInfo } from '../world/scenarios.js'
import type { World } from '../world/world.js'
import { type Keepable, type Kept, keepable } from './kept.js'
import { Machines } from './machines.js'
import { QuirkControl } from './quirks.js'
import { ResponseControl } from './responses.js'
import { Snapshots } from './snapshots.js'
import { TenantClock } from './tenant-clock.js'
import { FaultControl, ThrottleControl } from './traffic.js'

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

/** A tenant: one that somebody described, or one that was asked for. */
export interface TenantInfo {
  id: string
  /** Devices; null while it has no world. */
  machines: number | null
  /** Whether something was changed there since it was seeded. */
  changes: boolean
}

export interface ControlParts {
  worlds: {
    of(tenant: string): World
    reset(tenant?: string, how?: { keepTime: boolean }): void
    remove(tenant: string): void
    list(): TenantInfo[]
    readonly evicted: number
    readonly worldVersion: string
    readonly most: number
    defaultTenant: string
    tenants(): string[]
  }
  tokens: { mint(spec: TokenSpec): Promise<{ access_token: string; claims: Record<string, unknown> }> }
  directory: Directory
  signIns: SignIns
  clock: Clock
  journal: Journal
  /** What `info` says of the settings. */
  about: Pick<Info, 'version' | 'seed' | 'scenario' | 'machines' | 'auth' | 'profile'>
  faults: Faults
  throttle: Throttle
  quirks: Quirks
  responses: Responses
  /** Forget what was made up since the start (ids, verified tokens). */
  forget: () => void
}

/** Who pulls the strings: the same powers for the library and for `/_emulator`. */
export class Control {
  readonly #parts: ControlParts
  /** What else is kept per tenant. */
  readonly #kept: readonly Kept[]

  /** What is done to devices. */
  readonly machines: Machines
  /** The clock of a tenant, and world time with it. */
  readonly clock: TenantClock
  /** States to come back to. */
  readonly snapshots: Snapshots
  /** Rules that make calls fail. */
  readonly faults: FaultControl
  /** How calls are limited. */
  readonly throttle: ThrottleControl
  /** Which quirks are on. */
  readonly quirks: QuirkControl
  /** How far answers make use of what the contract permits. */
  readonly responses: ResponseControl
  /** What clients asked, and what they were answered. */
  readonly requests: Requests

  constructor(parts: ControlParts) {
    this.#parts = parts
    const { clock, worlds, about, faults, throttle, quirks, responses } = parts
    this.faults = new FaultControl(faults, worlds)
    this.throttle = new ThrottleControl(throttle, worlds)
    this.quirks = new QuirkControl(quirks, worlds)
    this.responses = new ResponseControl(responses, worlds)
    this.#kept = [this.faults, this.throttle, this.quirks, this.responses]
    this.machines = new Machines({ clock, worlds })
    this.clock = new TenantClock({ clock, worlds })
    const { seed, scenario, machines } = about
    this.snapshots = new Snapshots({ clock, worlds, kept: this.#kept, about: { seed, scenario, machines } })
    this.requests = new Requests({ journal: parts.journal, tenantOf: idOrDomain => this.tenant(idOrDomain) })
  }

  /** The id of a tenant, by id or domain. */
  tenant(idOrDomain: string): string {
    const known = this.#parts.directory.tenant(idOrDomain)
    if (known === undefined) throw new NotFound(`Tenant ${idOrDomain} was not found`)
    return known.id
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
      now: clock.of(tenant).date().toISOString(),
      frozen: clock.of(tenant).frozen,
      auth: about.auth,
      profile: about.profile,
      quirks: this.quirks.on(tenant),
      tenants: worlds.tenants(),
      machines: world.size
    }
  }

  /** The worlds that an emulator can be started with, and what tells them apart. None is built for it. */
  scenarios(): ScenarioInfo[] {
    return listScenarios(scenarios)
  }

  /** Whether a device of the tenant has this software. */
  has(softwareId: string, tenant = this.#parts.worlds.defaultTenant): boolean {
    const world = this.#parts.worlds.of(tenant)
    const product = world.facts.product(softwareId)
    return product !== undefined && [...world.profiles()].some(profile => profile.has(product))
  }

  /** Tenants, or one, and how many worlds went because there were too many. */
  tenants(tenant?: string): { value: TenantInfo[]; evicted: number } {
    const { worlds } = this.#parts
    const value = worlds.list().filter(({ id }) => tenant === undefined || id === tenant)
    return { value, evicted: worlds.evicted }
  }

  /** Forgets a tenant's world, changes and all; it is made anew, as seeded, when it is asked for again. */
  removeTenant(tenant: string): void {
    this.#parts.worlds.remove(tenant)
  }

  /** Back to the seeded state, of one tenant or of all, but for what is to be kept. */
  reset(tenant?: string, { keep = [] }: { keep?: readonly Keepable[] } = {}): void {
    for (const name of keep) {
      if (!keepable.includes(name)) throw new Malformed(`reset cannot keep "${name}", only ${keepable.join(', ')}`)
    }
    const { worlds, clock, faults, throttle, quirks, responses, forget } = this.#parts
    const keepTime = keep.includes('clock')
    worlds.reset(tenant, { keepTime })
    if (!keepTime) clock.reset(tenant)
    if (!keep.includes('faults')) faults.reset(tenant)
    if (!keep.includes('throttle')) throttle.reset(tenant)
    if (!keep.includes('quirks')) quirks.reset(tenant)
    if (!keep.includes('responses')) responses.reset(tenant)
    if (!keep.includes('journal')) this.requests.clear(tenant)
    if (tenant === undefined) forget()
  }

  /** Any token: good, expired, for another audience, signed by a foreign key, not signed at all. */
  mint(spec: TokenSpec = {}): Promise<{ access_token: string; claims: Record<string, unknown> }> {
    return this.#parts.tokens.mint(spec)
  }

  /** Devices that wait, or waited, for a user to sign in (device code flow), at a tenant or at all. */
  deviceCodes(tenant?: string): DeviceCodeInfo[] {
    const all = this.#parts.signIns.deviceCodes.list()
    return tenant === undefined ? all : all.filter(code => code.tenant === tenant)
  }

  /** What a user does on the page: lets the device in. By default the well-known user does. */
  approveDevice(userCode: string, userName?: string, tenant?: string): void {
    const { signIns, directory } = this.#parts
    const code = this.#undecided(userCode, tenant)
    const name = userName ?? directory.users(code.tenant)[0]?.name ?? ''
    const user = directory.user(name, code.tenant)
    if (user === undefined) throw new NotFound(`User ${name} was not found`)
    signIns.approve(code, user, directory)
  }

  /** Does not let the device in. */
  declineDevice(userCode: string, tenant?: string): void {
    this.#undecided(userCode, tenant).state = 'declined'
  }

  /** One that waits at a tenant, or at any; what waits at `/common` is of none yet. */
  #undecided(userCode: string, tenant?: string): DeviceCode {
    try {
      const code = this.#parts.signIns.undecided(userCode)
      if (tenant === undefined || code.tenant === undefined || code.tenant.id === tenant) return code
      throw new NotFound(`the code ${userCode} was not given at tenant ${tenant}`)
    } catch (error) {
      if (!(error instanceof SignInError)) throw error
      throw error.code === 70018 ? new NotFound(error.reason) : new Contradiction(error.reason)
    }
  }

  /** Installs an update on a device. Refuses what does not apply to it. */
  installUpdate(machineId: string, kb: string, tenant?: string): void {
    this.machines.installUpdate(machineId, kb, tenant)
  }

  /** Removes an update from a device; what nothing else contains is lacking again. */
  uninstallUpdate(machineId: string, kb: string, tenant?: string): void {
    this.machines.uninstallUpdate(machineId, kb, tenant)
  }

  /** Recomputes everything by brute force and lists what disagrees: nothing. */
  invariants(tenant = this.#parts.worlds.defaultTenant): Promise<Verdict> {
    return invariants(this.#parts.worlds.of(tenant))
  }
}
