import type { KeyObject } from 'node:crypto'
import { type JWTPayload, type JWTVerifyGetKey, errors as jose, jwtVerify } from 'jose'
import type { Clock, Now } from '../clock.js'
import { acceptedAudiences, defaultAudience } from './audiences.js'
import { bearer, checkAlgorithm, checkKey, decoded } from './bearer.js'
import { claimsOf, type Grant, issuerOf } from './claims.js'
import type { Directory } from './directory.js'
import { shown } from './errors.js'
import type { Ids } from './ids.js'
import type { SigningKeys } from './keys.js'
import { sign, type TokenSpec, TokenSpecError, validity } from './minting.js'
import type { Caller } from './permissions.js'
import type { TrustedIssuer, TrustedIssuers } from './trusted-issuers.js'
import { instant, Unauthorized, wrongIssuer } from './unauthorized.js'

export { type TokenSpec, TokenSpecError } from './minting.js'
export { Unauthorized } from './unauthorized.js'

/** How strict the API is (`--auth`): production verifies. */
export type AuthMode = 'verify' | 'decode' | 'off'

export interface TokensSettings {
  directory: Directory
  keys: Promise<SigningKeys>
  clock: Clock
  ids: Ids
  mode: AuthMode
  /** Audiences that are accepted besides the service's own. */
  audiences: readonly string[]
  /** Issuers of real tenants whose tokens are accepted too (`--trust-issuer`). */
  trusted?: TrustedIssuers
}

interface Verified {
  /** The whole header: the end of the signature, by which it is found, is shorter to hash but proves nothing. */
  authorization: string
  caller: Caller
  notBefore: number
  expires: number
}

/** Authorization headers that are remembered in each of two generations, and the longest: 8 MB at the worst. */
const mostRemembered = 500
const longestRemembered = 8 * 1024

/** Mints tokens and verifies them. */
export class Tokens {
  readonly audiences: readonly string[]
  readonly #settings: TokensSettings
  /** By `tail` of the header. Those in use are in the young generation; the old one is forgotten when the young one is full. */
  #young = new Map<string, Verified>()
  #old = new Map<string, Verified>()

  constructor(settings: TokensSettings) {
    this.#settings = settings
    this.audiences = acceptedAudiences(settings.audiences)
  }

  /** The accepted audiences for a message, without their twins that end in a slash. */
  get knownAudiences(): string {
    return this.audiences.filter(audience => !audience.endsWith('/')).join(', ')
  }

  /** Forgets what was verified. */
  reset(): void {
    this.#young.clear()
    this.#old.clear()
  }

  /** Signs the claims of an id token. */
  async identify(claims: Record<string, unknown>): Promise<string> {
    const { current } = await this.#settings.keys
    return sign(claims, current)
  }

  /** Signs the claims of a grant, as the token endpoint does. */
  async issue(grant: Grant): Promise<string> {
    const { current } = await this.#settings.keys
    return sign(claimsOf(grant, this.#settings.ids), current)
  }

  /** Any token, good or bad. */
  async mint(spec: TokenSpec = {}): Promise<{ access_token: string; claims: Record<string, unknown> }> {
    const { directory, ids, keys, clock } = this.#settings
    const tenant = spec.tenant === undefined ? directory.defaultTenant : directory.tenant(spec.tenant)
    if (tenant === undefined) throw new TokenSpecError(`tenant ${spec.tenant} is not in the directory`)
    const app = spec.clientId === undefined ? directory.defaultApp : directory.app(spec.clientId, tenant)
    if (app === undefined)
      throw new TokenSpecError(`app ${spec.clientId} is not in the directory of tenant ${tenant.id}`)
    const delegated = spec.user !== undefined || spec.scopes !== undefined
    const user = spec.user === undefined ? directory.defaultUser : directory.user(spec.user, tenant)
    if (delegated && user === undefined) throw new TokenSpecError(`user ${spec.user} is not in the directory`)

    const now = clock.of(tenant.id).seconds()
    const { notBefore, expires } = validity(spec, now)
    const claims = claimsOf(
      {
        tenant,
        app,
        audience: spec.audience ?? defaultAudience,
        ...(spec.issuer !== undefined && { issuer: spec.issuer }),
        notBefore,
        expires,
        roles: spec.roles ?? (delegated ? [] : app.roles),
        ...(delegated && { user: { of: user!, scopes: spec.scopes ?? user!.scopes } })
      },
      ids
    )
    const made = await keys
    const key = spec.key === 'foreign' ? await made.foreign() : made.current
    return { access_token: await sign(claims, key, spec.alg), claims }
  }

  /**
   * Who sends this Authorization header. At once for a token that was verified before and still holds, so that a call
   * costs no RSA operation; otherwise after jose has verified it. Throws or rejects with `Unauthorized`.
   */
  verify(authorization: string | undefined): Caller | Promise<Caller> {
    if (this.#settings.mode === 'off') return this.#everybody()
    const known = authorization === undefined ? undefined : this.#recall(authorization)
    return known ?? this.#check(bearer(authorization), authorization!)
  }

  #everybody(): Caller {
    const { directory } = this.#settings
    const { clientId, roles } = directory.defaultApp
    return {
      tenant: directory.defaultTenant.id,
      appId: clientId,
      objectId: clientId,
      kind: 'application',
      roles,
      scopes: []
    }
  }

  async #check(token: string, authorization: string): Promise<Caller> {
    const { mode, keys, trusted } = this.#settings
    const { header, payload } = decoded(token)
    const { current } = await keys
    const foreign = header.kid === current.kid ? undefined : trusted?.of(payload)
    const issuer = foreign === undefined ? this.#issuer(payload) : foreign.expected(payload)
    if (mode === 'decode') {
      this.#checkClaims(payload, issuer)
      return this.#caller(payload, foreign)
    }
    checkAlgorithm(header, payload)
    if (foreign === undefined) checkKey(header, payload, current.kid)
    try {
      await this.#verified(token, payload, issuer, (await foreign?.keys()) ?? current.publicKey)
    } catch (error) {
      if (error instanceof Unauthorized) throw error
      throw new Unauthorized(this.#reason(error, payload, issuer, foreign), payload)
    }
    const caller = this.#caller(payload, foreign)
    this.#remember({ authorization, caller, notBefore: payload.nbf!, expires: payload.exp! })
    return caller
  }

  #verified(token: string, payload: JWTPayload, issuer: string, key: KeyObject | JWTVerifyGetKey): Promise<unknown> {
    const options = {
      algorithms: ['RS256'],
      audience: [...this.audiences],
      issuer,
      requiredClaims: ['exp', 'nbf', 'aud', 'iss', 'tid', 'appid'],
      currentDate: this.#clock(payload).date()
    }
    return typeof key === 'function' ? jwtVerify(token, key, options) : jwtVerify(token, key, options)
  }

  /**
   * The claims of a token that was issued here to a user, for whatever API: what the userinfo endpoint asks.
   */
  async claims(authorization: string | undefined): Promise<JWTPayload> {
    const { header, payload } = decoded(bearer(authorization))
    const issuer = this.#issuer(payload)
    const { current } = await this.#settings.keys
    checkAlgorithm(header, payload)
    checkKey(header, payload, current.kid)
    try {
      await jwtVerify(bearer(authorization), current.publicKey, {
        algorithms: ['RS256'],
        issuer,
        currentDate: this.#clock(payload).date()
      })
    } catch (error) {
      throw new Unauthorized(this.#reason(error, payload, issuer), payload)
    }
    return payload
  }

  #recall(authorization: string): Caller | undefined {
    const key = tail(authorization)
    let known = this.#young.get(key)
    if (known === undefined) {
      known = this.#old.get(key)
      if (known === undefined) return undefined
      this.#remember(known)
    }
    const { notBefore, expires, caller } = known
    const now = this.#settings.clock.of(caller.tenant).seconds()
    return known.authorization === authorization && now >= notBefore && now < expires ? caller : undefined
  }

  #remember(verified: Verified): void {
    const { authorization } = verified
    if (authorization.length > longestRemembered) return
    if (this.#young.size >= mostRemembered) {
      this.#old = this.#young
      this.#young = new Map()
    }
    this.#young.set(tail(authorization), verified)
  }

  /** The issuer that a token of this tenant must have. */
  #issuer(payload: JWTPayload): string {
    const { tid, ver } = payload
    if (typeof tid !== 'string') throw new Unauthorized('the token has no tid claim, so it is of no tenant', payload)
    const tenant = this.#settings.directory.tenant(tid)
    if (tenant === undefined) {
      const known = this.#settings.directory.tenants.map(({ id }) => id).join(', ')
      throw new Unauthorized(`tenant ${shown(tid)} is not known here, only ${known}`, payload)
    }
    if (ver !== undefined && ver !== '1.0') {
      throw new Unauthorized(
        `the token is of version ${shown(String(ver))}; this API takes version 1.0 tokens`,
        payload
      )
    }
    return issuerOf(tenant)
  }

  #caller(payload: JWTPayload, foreign?: TrustedIssuer): Caller {
    const { directory } = this.#settings
    const { tid, appid, oid, roles, scp } = payload
    const scopes = typeof scp === 'string' ? scp.split(' ').filter(scope => scope !== '') : []
    return {
      // A real tenant that nobody described here sees the world of the well-known one.
      tenant: (foreign && (directory.tenant(String(tid)) ?? directory.defaultTenant).id) ?? String(tid).toLowerCase(),
      appId: String(appid),
      objectId: String(oid),
      kind: scp === undefined ? 'application' : 'delegated',
      roles: Array.isArray(roles) ? roles.map(String) : [],
      scopes,
      payload
    }
  }

  /** What jose found, in words. */
  #reason(error: unknown, payload: JWTPayload, issuer: string, foreign?: TrustedIssuer): string {
    const ofClaims = error instanceof jose.JWTClaimValidationFailed || error instanceof jose.JWTExpired
    if (foreign !== undefined && !ofClaims) return foreign.failure(error)
    if (error instanceof jose.JWSSignatureVerificationFailed) {
      return 'the signature does not match: the token was changed after it was signed, or cut when it was copied'
    }
    if (error instanceof jose.JWTExpired) return this.#expired(payload)
    if (error instanceof jose.JWTClaimValidationFailed) {
      const { claim, reason } = error
      if (reason === 'missing') return `the token has no ${claim} claim`
      if (claim === 'nbf') return this.#early(payload)
      if (claim === 'aud') return this.#wrongAudience(payload)
      if (claim === 'iss') return wrongIssuer(payload, issuer)
      return `claim ${claim} is not valid`
    }
    return 'the token cannot be verified: it is not a signed JWT'
  }

  /** `--auth decode`: the same questions, without the signature. */
  #checkClaims(payload: JWTPayload, issuer: string): void {
    const now = this.#clock(payload).seconds()
    const audiences = [payload.aud].flat()
    if (payload.iss !== issuer) throw new Unauthorized(wrongIssuer(payload, issuer), payload)
    if (!audiences.some(audience => this.audiences.includes(String(audience)))) {
      throw new Unauthorized(this.#wrongAudience(payload), payload)
    }
    for (const claim of ['exp', 'nbf', 'appid']) {
      if (payload[claim] === undefined) throw new Unauthorized(`the token has no ${claim} claim`, payload)
    }
    if (!(Number(payload.nbf) <= now)) throw new Unauthorized(this.#early(payload), payload)
    if (!(Number(payload.exp) > now)) throw new Unauthorized(this.#expired(payload), payload)
  }

  #expired(payload: JWTPayload): string {
    const { exp } = payload
    const ago = this.#clock(payload).seconds() - Number(exp)
    return `expired since ${instant(exp)}, ${ago} s ago: fetch a new token before the old one ends`
  }

  #early(payload: JWTPayload): string {
    return `not valid before ${instant(payload.nbf)}, now is ${this.#clock(payload).date().toISOString()}`
  }

  /** The clock of the tenant that a token is of. */
  #clock({ tid }: JWTPayload): Now {
    const { clock, directory } = this.#settings
    return clock.of((directory.tenant(String(tid)) ?? directory.defaultTenant).id)
  }

  #wrongAudience({ aud }: JWTPayload): string {
    return `the token is for another API: audience ${shown([aud].flat().join(', '))} is not in [${this.knownAudiences}]`
  }
}

/** The last characters of a signature, enough to tell tokens apart. */
function tail(authorization: string): string {
  return authorization.slice(-43)
}
