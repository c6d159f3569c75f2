import type { App, Tenant, User } from './directory.js'
import type { Wanted } from './scopes.js'
import { Tickets, type TicketsSettings } from './tickets.js'

/** Fifteen minutes, and the interval that clients keep between two questions (documented, v2-oauth2-device-code). */
export const deviceCodeSeconds = 900
export const pollingInterval = 5

export interface DeviceCode {
  userCode: string
  app: App
  /** Undefined where the request was at /common or /organizations: then it is the user's. */
  tenant: Tenant | undefined
  wanted: Wanted
  state: 'pending' | 'approved' | 'declined' | 'redeemed'
  /** Who approved it. */
  user: User | undefined
}

/** A device code as others may see it: what the device itself holds is a secret. */
export interface DeviceCodeInfo {
  userCode: string
  clientId: string
  appName: string
  tenant: string | null
  scopes: string[]
  state: DeviceCode['state'] | 'expired'
  user: string | null
  expires: string
}

/** Devices that wait for a user elsewhere. */
export class DeviceCodes {
  readonly #tickets: Tickets<DeviceCode>
  readonly #userCode: () => string

  constructor(settings: Omit<TicketsSettings<DeviceCode>, 'seconds'>, userCode: () => string) {
    this.#tickets = new Tickets({ ...settings, seconds: deviceCodeSeconds })
    this.#userCode = userCode
  }

  begin(asked: Pick<DeviceCode, 'app' | 'tenant' | 'wanted'>): { deviceCode: string; userCode: string } {
    const userCode = this.#userCode()
    return { deviceCode: this.#tickets.issue({ ...asked, userCode, state: 'pending', user: undefined }), userCode }
  }

  /** By what the device holds. */
  find(deviceCode: string): { value: DeviceCode; expired: boolean } | undefined {
    return this.#tickets.find(deviceCode)
  }

  /** By what the user types, in any letter case, with blanks and hyphens as they like. */
  byUserCode(typed: string): { value: DeviceCode; expired: boolean } | undefined {
    const plain = typed.toUpperCase().replace(/[\s-]/g, '')
    return this.#tickets.all().findLast(({ value }) => value.userCode === plain)
  }

  list(): DeviceCodeInfo[] {
    return this.#tickets.all().map(({ value: { userCode, app, tenant, wanted, state, user }, expired, expires }) => ({
      userCode,
      clientId: app.clientId,
      appName: app.name,
      tenant: tenant?.id ?? null,
      scopes: wanted.scopes === 'default' ? ['.default'] : [...wanted.scopes],
      state: expired ? 'expired' : state,
      user: user?.name ?? null,
      expires: new Date(expires).toISOString()
    }))
  }

  reset(): void {
    this.#tickets.reset()
  }
}
