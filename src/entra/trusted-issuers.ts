import { createRemoteJWKSet, type JWTPayload, type JWTVerifyGetKey, errors as jose } from 'jose'
import { issuerHosts } from '../clouds.js'
import { shown } from './errors.js'
import { Unauthorized } from './unauthorized.js'

/** How long an issuer may take to answer. */
const patience = 5_000

/**
 * Issuers of real tenants whose tokens are accepted (`--trust-issuer`), so that a shared sandbox can use an
 * organization's own sign-in. Nothing is fetched before a token names one of them as its issuer.
 */
export class TrustedIssuers {
  readonly #issuers: readonly TrustedIssuer[]

  constructor(urls: readonly string[]) {
    this.#issuers = urls.map(url => new TrustedIssuer(url))
  }

  /** Whoever signed this, by its unverified claims. */
  of({ iss }: JWTPayload): TrustedIssuer | undefined {
    return typeof iss === 'string' ? this.#issuers.find(issuer => issuer.isCalled(iss)) : undefined
  }

  /** Forgets what was fetched. */
  reset(): void {
    for (const issuer of this.#issuers) issuer.reset()
  }
}

export class TrustedIssuer {
  readonly #url: string
  readonly #names: ReadonlySet<string>
  /** In the address of a tenant of Microsoft's. */
  readonly #tenant: string | undefined
  #keys: Promise<JWTVerifyGetKey> | undefined

  constructor(url: string) {
    this.#url = url.replace(/\/+$/, '').replace(/\/\.well-known\/openid-configuration$/, '')
    const { host, pathname } = new URL(this.#url)
    this.#tenant = issuerHosts.includes(host)
      ? /^\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:\/v2\.0)?$/i.exec(pathname)?.[1]?.toLowerCase()
      : undefined
    // The tokens of this API are of version 1.0 and name sts.windows.net, whatever the authority is called.
    this.#names = new Set([
      this.#url,
      ...(this.#tenant === undefined ? [] : [`https://sts.windows.net/${this.#tenant}`])
    ])
  }

  isCalled(issuer: string): boolean {
    return this.#names.has(issuer.replace(/\/$/, ''))
  }

  /**
   * The issuer that the token must have: its own, for it is one of the names. Microsoft signs for all tenants with the
   * same keys, so that the tenant must be the one in the name, too.
   */
  expected({ iss, tid, ver, ...rest }: JWTPayload): string {
    const payload = { iss, tid, ver, ...rest }
    if (this.#tenant !== undefined && String(tid).toLowerCase() !== this.#tenant) {
      throw new Unauthorized(`tenant ${shown(String(tid))} is not that of the trusted issuer ${this.#url}`, payload)
    }
    if (ver !== undefined && ver !== '1.0') {
      throw new Unauthorized(
        `the token is of version ${shown(String(ver))}; this API takes version 1.0 tokens`,
        payload
      )
    }
    return String(iss)
  }

  /** Its keys, by its OpenID configuration. A failure is not kept: the next token asks again. */
  async keys(): Promise<JWTVerifyGetKey> {
    this.#keys ??= this.#fetched()
    try {
      return await this.#keys
    } catch (error) {
      this.#keys = undefined
      throw new Unauthorized(`trusted issuer ${this.#url}: ${(error as Error).message}`)
    }
  }

  /** What jose found, in words. */
  failure(error: unknown): string {
    if (error instanceof jose.JWSSignatureVerificationFailed) return `the signature is not of a key of ${this.#url}`
    if (error instanceof jose.JWKSNoMatchingKey) return `${this.#url} has no key of the name in the token's header`
    if (error instanceof jose.JWKSTimeout) return `the keys of ${this.#url} did not come within ${patience} ms`
    return `the keys of ${this.#url} cannot be fetched or used: ${causeOf(error)}`
  }

  reset(): void {
    this.#keys = undefined
  }

  async #fetched(): Promise<JWTVerifyGetKey> {
    const address = `${this.#url}/.well-known/openid-configuration`
    let document: { issuer?: unknown; jwks_uri?: unknown }
    try {
      const response = await fetch(address, { signal: AbortSignal.timeout(patience), redirect: 'error' })
      if (!response.ok) throw new Error(`it answers ${response.status}`)
      document = (await response.json()) as object
    } catch (error) {
      throw new Error(`its configuration cannot be fetched from ${address}: ${causeOf(error)}`)
    }
    const { issuer, jwks_uri: uri } = document
    if (typeof issuer !== 'string' || !this.isCalled(issuer)) {
      throw new Error(`its configuration is of issuer ${shown(String(issuer))}`)
    }
    if (typeof uri !== 'string' || !URL.canParse(uri)) throw new Error('its configuration names no jwks_uri')
    return createRemoteJWKSet(new URL(uri), { timeoutDuration: patience })
  }
}

function causeOf(error: unknown): string {
  const { message, cause } = error as Error & { cause?: { code?: string; message?: string } }
  return shown(cause?.code ?? cause?.message ?? message)
}
