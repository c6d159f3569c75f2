import type { Clock } from '../clock.js'
import { Consents } from './consents.js'
import { type DeviceCode, DeviceCodes } from './device-codes.js'
import type { App, Directory, Tenant, User } from './directory.js'
import { SignInError, shown } from './errors.js'
import type { Ids } from './ids.js'
import type { Wanted } from './scopes.js'
import { Tickets } from './tickets.js'

/** What a user lets an app do. */
export interface Delegation {
  tenant: Tenant
  app: App
  user: User
  wanted: Wanted
}

/** What stands behind an authorization code. */
export interface IssuedCode extends Delegation {
  redirectUri: string
  nonce: string | undefined
  challenge: { method: 'S256' | 'plain'; value: string } | undefined
  redeemed: boolean
}

/** A user who is signed in to the pages. */
export interface Session {
  tenant: Tenant
  user: User
}

export interface SignInsSettings {
  clock: Clock
  ids: Ids
  /** Makes what nobody may guess: the ids of pages and of sessions, which guard against forged requests. */
  unguessable: () => string
}

/** No letter or digit that is mistaken for another. */
const userCodeLetters = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789'

/**
 * Everything between the beginning of a user's sign-in and its end. Codes and tokens come from `Ids`, so that the same
 * calls give the same bytes; they are as public as the password that comes with the emulator.
 */
export class SignIns<Page = unknown> {
  /** Ten minutes (documented for v1, v1-protocols-oauth-code). */
  readonly codes: Tickets<IssuedCode>
  /** 90 days (documented, refresh-tokens). */
  readonly refreshTokens: Tickets<Delegation>
  readonly deviceCodes: DeviceCodes
  /** Pages that wait for an answer; each takes one. */
  readonly pages: Tickets<Page>
  readonly sessions: Tickets<Session>
  readonly consents = new Consents()

  constructor({ clock, ids, unguessable }: SignInsSettings) {
    const tenantOf = ({ tenant }: { tenant: Tenant | undefined }) => tenant?.id
    const opaque = () => `1.${ids.base64url(32)}.${ids.base64url(32)}`
    this.codes = new Tickets<IssuedCode>({ clock, tenantOf, make: opaque, seconds: 600, most: 10_000 })
    this.refreshTokens = new Tickets<Delegation>({ clock, tenantOf, make: opaque, seconds: 90 * 86_400, most: 10_000 })
    this.deviceCodes = new DeviceCodes({ clock, tenantOf, make: opaque, most: 1_000 }, () =>
      [...Buffer.from(ids.base64url(32), 'base64url').subarray(0, 9)]
        .map(byte => userCodeLetters[byte % userCodeLetters.length])
        .join('')
    )
    this.pages = new Tickets({ clock, make: unguessable, seconds: 900, most: 1_000 })
    this.sessions = new Tickets<Session>({ clock, tenantOf, make: unguessable, seconds: 86_400, most: 1_000 })
  }

  /** A device that still waits for its user. */
  undecided(userCode: string): DeviceCode {
    const found = this.deviceCodes.byUserCode(userCode)
    if (found === undefined) throw new SignInError(70018, [], `no device was given the code ${shown(userCode)}`)
    if (found.value.state !== 'pending') throw new SignInError(90120, [], `this code was ${found.value.state} before`)
    if (found.expired) throw new SignInError(70020, [], 'this code is older than 15 minutes')
    return found.value
  }

  /** The user lets a device in, and consents to what it asks for. */
  approve(code: DeviceCode, user: User, directory: Pick<Directory, 'home'>): void {
    if (code.wanted.scopes !== 'default') {
      this.consents.give(user, code.app, code.tenant ?? directory.home(user), code.wanted.scopes)
    }
    code.user = user
    code.state = 'approved'
  }

  reset(): void {
    for (const part of [this.codes, this.refreshTokens, this.deviceCodes, this.pages, this.sessions, this.consents]) {
      part.reset()
    }
  }
}
