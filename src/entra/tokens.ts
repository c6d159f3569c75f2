import {
  decodeJwt,
  decodeProtectedHeader,
  type JWTPayload,
  errors as jose,
  jwtVerify,
  type ProtectedHeaderParameters,
  SignJWT
} from 'jose'
import type { Clock } from '../clock.js'
import { acceptedAudiences, defaultAudience } from './audiences.js'
import { backdated, claimsOf, type Grant, issuerOf, lifetime } from './claims.js'
import type { Directory } from './directory.js'
import { shown } from './errors.js'
import type { Ids } from './ids.js'
import type { SigningKey, SigningKeys } from './keys.js'
import type { Caller } from './permissions.js'

/** How strict the API is (`--auth`): production verifies. */
export type AuthMode = 'verify' | 'decode' | 'off'

/** What kind of token to mint; everything is optional. */
export interface TokenSpec {
  tenant?: string
  clientId?: string
  roles?: string[]
  scopes?: string[]
  audience?: string
  issuer?: string
  /** ISO 8601 instant, or seconds from now. */
  notBefore?: string | number
  /** Seconds from now; negative for a token that has expired. */
  expiresIn?: number
  user?: string
  key?: 'current' | 'foreign'
  alg?: 'RS256' | 'none' | 'HS256'
}

/** A token that was asked for cannot be minted. */
export class TokenSpecError extends Error {
  override readonly name = 'TokenSpecError'
}

/** A call without a token that holds. The message is the service's, the reason says what to mend. */
export class Unauthorized extends Error {
  override readonly name = 'Unauthorized'
  readonly reason: string

  constructor(reason: string, claims?: Readonly<Record<string, unknown>>) {
    super(claims === undefined ? 'Missing or invalid Authorization header.' : describe(claims))
    this.reason = reason
  }
}

export interface TokensSettings {
  directory: Directory
  keys: Promise<SigningKeys>
  clock: Clock
  ids: Ids
  mode: AuthMode
  /** Audiences that are accepted besides the service's own. */
  audiences: readonly string[]
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
/** A token that no header should hold. */
const longest = 32 * 1024

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

    const now = clock.seconds()
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
    const { mode, clock, keys } = this.#settings
    const { header, payload } = decoded(token)
    const issuer = this.#issuer(payload)
    if (mode === 'decode') {
      this.#checkClaims(payload, issuer)
      return this.#caller(payload)
    }
    const { current } = await keys
    checkHeader(header, payload, current)
    try {
      await jwtVerify(token, current.publicKey, {
        algorithms: ['RS256'],
        audience: [...this.audiences],
        issuer,
        requiredClaims: ['exp', 'nbf', 'aud', 'iss', 'tid', 'appid'],
        currentDate: clock.date()
      })
    } catch (error) {
      throw new Unauthorized(this.#reason(error, payload, issuer), payload)
    }
    const caller = this.#caller(payload)
    this.#remember({ authorization, caller, notBefore: payload.nbf!, expires: payload.exp! })
    return caller
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
    const now = this.#settings.clock.seconds()
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

  #caller(payload: JWTPayload): Caller {
    const { tid, appid, oid, roles, scp } = payload
    const scopes = typeof scp === 'string' ? scp.split(' ').filter(scope => scope !== '') : []
    return {
      tenant: String(tid).toLowerCase(),
      appId: String(appid),
      objectId: String(oid),
      kind: scp === undefined ? 'application' : 'delegated',
      roles: Array.isArray(roles) ? roles.map(String) : [],
      scopes
    }
  }

  /** What jose found, in words. */
  #reason(error: unknown, payload: JWTPayload, issuer: string): string {
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
    const now = this.#settings.clock.seconds()
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

  #expired({ exp }: JWTPayload): string {
    const ago = this.#settings.clock.seconds() - Number(exp)
    return `expired since ${instant(exp)}, ${ago} s ago: fetch a new token before the old one ends`
  }

  #early({ nbf }: JWTPayload): string {
    return `not valid before ${instant(nbf)}, now is ${this.#settings.clock.date().toISOString()}`
  }

  #wrongAudience({ aud }: JWTPayload): string {
    return `the token is for another API: audience ${shown([aud].flat().join(', '))} is not in [${this.knownAudiences}]`
  }
}

/** The last characters of a signature, enough to tell tokens apart. */
function tail(authorization: string): string {
  return authorization.slice(-43)
}

/** The token of an Authorization header (RFC 6750, section 2.1). */
function bearer(authorization: string | undefined): string {
  if (authorization === undefined || authorization.trim() === '') {
    throw new Unauthorized('the Authorization header is missing: send "Authorization: Bearer <access token>"')
  }
  const [scheme = '', token = '', ...rest] = authorization.trim().split(/\s+/)
  if (scheme.toLowerCase() !== 'bearer') {
    const named = token === '' ? 'there is a value without a scheme' : `the scheme is "${scheme.slice(0, 20)}"`
    throw new Unauthorized(`not a bearer token: ${named}; send "Authorization: Bearer <access token>"`)
  }
  if (token === '') throw new Unauthorized('the bearer token is empty')
  if (/^bearer$/i.test(token) && rest.length > 0) throw new Unauthorized('"Bearer" stands there twice')
  if (rest.length > 0) throw new Unauthorized('there is a blank in the bearer token')
  if (token.length > longest) throw new Unauthorized(`the token has ${token.length} characters; no real one is so long`)
  return token
}

function decoded(token: string): { header: ProtectedHeaderParameters; payload: JWTPayload } {
  try {
    return { header: decodeProtectedHeader(token), payload: decodeJwt(token) }
  } catch {
    const parts = token.split('.').length
    throw new Unauthorized(
      `not a JWT: ${parts === 3 ? 'its parts are not base64url of JSON' : `it has ${parts} part${parts === 1 ? '' : 's'} between dots instead of three`}`
    )
  }
}

function checkHeader({ alg, kid }: ProtectedHeaderParameters, payload: JWTPayload, { kid: ours }: SigningKey): void {
  if (alg !== 'RS256') {
    throw new Unauthorized(`wrong algorithm ${shown(String(alg))}: ${objection(alg)}`, payload)
  }
  if (kid === undefined) throw new Unauthorized('the token names no key (header kid)', payload)
  if (kid !== ours) {
    throw new Unauthorized(
      `unknown key ${shown(kid)}, tokens of this emulator are signed by ${ours}: it comes from another emulator, from before a restart, or from a real tenant`,
      payload
    )
  }
}

function objection(alg: string | undefined): string {
  if (alg === 'none') return 'an unsigned token proves nothing'
  if (alg?.startsWith('HS')) return 'it would take our public key, which everybody knows, for a shared secret'
  return 'only RS256 is accepted, as in production'
}

function wrongIssuer({ iss }: JWTPayload, issuer: string): string {
  return `issuer ${shown(String(iss))} instead of ${issuer}`
}

/** As the service describes a payload it refuses (elastic/beats#41926; the end of the quotation is assumed). */
function describe({ appid, aud, iss, nbf, exp }: JWTPayload): string {
  return (
    `Invalid Authorization payload. AppId: ${shown(String(appid ?? ''))}, ` +
    `Audience: ${shown([aud].flat().join(', '))}, Issuer: ${shown(iss ?? '')}, ` +
    `Validity: valid from ${instant(nbf)} to ${instant(exp)}`
  )
}

function instant(numericDate: unknown): string {
  const date = new Date(Number(numericDate) * 1000)
  return Number.isNaN(date.getTime()) ? 'an unknown time' : date.toISOString().replace('.000Z', 'Z')
}

function validity({ notBefore, expiresIn }: TokenSpec, now: number): { notBefore: number; expires: number } {
  let from = typeof notBefore === 'number' ? now + Math.round(notBefore) : undefined
  if (typeof notBefore === 'string') {
    from = Math.floor(Date.parse(notBefore) / 1000)
    if (Number.isNaN(from)) throw new TokenSpecError(`notBefore "${notBefore}" is not an ISO 8601 instant`)
  }
  const expires = expiresIn === undefined ? (from ?? now - backdated) + lifetime : now + Math.round(expiresIn)
  // A token that has expired was good once.
  return { notBefore: from ?? Math.min(now - backdated, expires - lifetime), expires }
}

async function sign(
  claims: Record<string, unknown>,
  key: SigningKey,
  alg: TokenSpec['alg'] = 'RS256'
): Promise<string> {
  const header = { typ: 'JWT', alg, kid: key.kid, x5t: key.kid }
  if (alg === 'none') return `${encoded({ typ: 'JWT', alg })}.${encoded(claims)}.`
  if (alg === 'RS256') return new SignJWT(claims).setProtectedHeader(header).sign(key.privateKey)
  // The classic confusion of algorithms: our public key, known to everybody, taken for a shared secret.
  const secret = Buffer.from(key.publicKey.export({ type: 'spki', format: 'pem' }))
  return new SignJWT(claims).setProtectedHeader(header).sign(secret)
}

function encoded(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url')
}
