import type { Clock } from '../clock.js'

/** So many calls in so many seconds. */
export interface Limit {
  calls: number
  seconds: number
}

/** `documented` (section by section of Microsoft's pages), `off`, or the same limit for every endpoint: `N/1m`. */
export type ThrottleSetting = string

/** Why a call has to wait. */
export interface Exceeded {
  limit: Limit
  /** Seconds after which it would be answered, rounded up. */
  retryAfter: number
}

const minute = 60
const hour = 3600
const per = (inMinute: number, inHour: number): Limit[] => [
  { calls: inMinute, seconds: minute },
  { calls: inHour, seconds: hour }
]

/**
 * What Microsoft's pages say, by the route. The others state no limit: they have that of the pages beside them (assumed).
 */
const documented: { route: RegExp; limits: readonly Limit[] }[] = [
  { route: /^\/api\/machines(?:\/:\w+)?$/i, limits: per(100, 1_500) },
  { route: /^\/api\/machines\/:\w+\/vulnerabilities$/i, limits: per(50, 1_500) },
  { route: /^\/api\/machines\/\w*Export$/i, limits: per(5, 20) },
  { route: /^\/api\/machines\/\w+ByMachine$/i, limits: per(30, 1_000) }
]
const unstated = per(50, 1_500)

const units: Record<string, number> = { s: 1, m: minute, h: hour }
const shape = /^([1-9]\d{0,5})\/([1-9]\d{0,3})([smh])$/
/** As a JSON schema has it. */
export const throttlePattern = `^(off|documented|${shape.source.slice(1, -1)})$`

/** Windows that are kept of a tenant; that which was asked for longest ago goes. One holds up to 1,500 instants, 12 KB. */
const mostWindows = 200

/** What is wrong with a setting, in words, if anything. */
export function flawOfThrottle(text: string): string | undefined {
  const fits = text === 'off' || text === 'documented' || shape.test(text)
  return fits ? undefined : 'off, documented, or a number of calls in a time, such as 100/1m, 20/1h or 5/10s'
}

/**
 * Limits per application, tenant and endpoint. Windows slide (observed: "You can send requests again in 8 seconds"); what
 * was refused does not count. The tenant's clock decides.
 */
export class Throttle {
  readonly #clock: Clock
  readonly #setting: ThrottleSetting
  readonly #own = new Map<string, ThrottleSetting>()
  /** Instants of the calls that were let through, oldest first: of a tenant, by application and endpoint. */
  readonly #windows = new Map<string, Map<string, number[]>>()

  constructor(clock: Clock, setting: ThrottleSetting) {
    this.#clock = clock
    this.#setting = setting
  }

  /** Whether nobody is limited: then nothing is counted. */
  get idle(): boolean {
    return this.#setting === 'off' && this.#own.size === 0
  }

  setting(tenant: string): ThrottleSetting {
    return this.#own.get(tenant) ?? this.#setting
  }

  /** Limits a tenant otherwise. What it has used so far is forgotten. */
  set(tenant: string, setting: ThrottleSetting): void {
    this.#own.set(tenant, setting)
    this.#windows.delete(tenant)
  }

  /** Counts a call, or says why it has to wait. `route` is the router's form of the path. */
  call(tenant: string, application: string, route: string): Exceeded | undefined {
    const limits = limitsOf(this.setting(tenant), route)
    if (limits.length === 0) return undefined
    const windows = this.#windows.get(tenant) ?? new Map<string, number[]>()
    this.#windows.set(tenant, windows)
    const key = `${application} ${route.toLowerCase()}`
    const now = this.#clock.of(tenant).now()
    const longest = Math.max(...limits.map(({ seconds }) => seconds)) * 1000
    const calls = (windows.get(key) ?? []).filter(at => at > now - longest && at <= now)
    for (const limit of limits) {
      // The call that has to leave the window before another one fits.
      const blocking = calls.at(-limit.calls)
      if (blocking === undefined || blocking <= now - limit.seconds * 1000) continue
      windows.set(key, calls)
      return { limit, retryAfter: Math.max(1, Math.ceil((blocking + limit.seconds * 1000 - now) / 1000)) }
    }
    calls.push(now)
    windows.delete(key)
    windows.set(key, calls)
    if (windows.size > mostWindows) windows.delete(windows.keys().next().value!)
    return undefined
  }

  reset(tenant?: string): void {
    if (tenant === undefined) {
      this.#own.clear()
      this.#windows.clear()
    } else {
      this.#own.delete(tenant)
      this.#windows.delete(tenant)
    }
  }

  /** What was set for a tenant alone. */
  own(tenant: string): ThrottleSetting | undefined {
    return this.#own.get(tenant)
  }
}

/** The limits of a route under a setting. */
export function limitsOf(setting: ThrottleSetting, route: string): readonly Limit[] {
  if (setting === 'off') return []
  if (setting === 'documented') return documented.find(row => row.route.test(route))?.limits ?? unstated
  const [, calls, count, unit] = shape.exec(setting)!
  return [{ calls: Number(calls), seconds: Number(count) * units[unit!]! }]
}

/** As the service words it (observed 2022, minemeld-wd-atp). */
export function exceededMessage({ limit: { calls, seconds }, retryAfter }: Exceeded): string {
  const [hours, minutes] = [Math.floor(seconds / hour), Math.floor((seconds % hour) / minute)]
  const time = [hours, minutes, seconds % minute].map(part => String(part).padStart(2, '0')).join(':')
  return `API calls quota exceeded! Maximum allowed ${calls} per ${time} for the key Destination+TenantID+AppID. You can send requests again in ${retryAfter} seconds.`
}
