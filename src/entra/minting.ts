import { SignJWT } from 'jose'
import { backdated, lifetime } from './claims.js'
import type { SigningKey } from './keys.js'

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

/** From when to when a token that was asked for holds. */
export function validity({ notBefore, expiresIn }: TokenSpec, now: number): { notBefore: number; expires: number } {
  let from = typeof notBefore === 'number' ? now + Math.round(notBefore) : undefined
  if (typeof notBefore === 'string') {
    from = Math.floor(Date.parse(notBefore) / 1000)
    if (Number.isNaN(from)) throw new TokenSpecError(`notBefore "${notBefore}" is not an ISO 8601 instant`)
  }
  const expires = expiresIn === undefined ? (from ?? now - backdated) + lifetime : now + Math.round(expiresIn)
  // A token that has expired was good once.
  return { notBefore: from ?? Math.min(now - backdated, expires - lifetime), expires }
}

/** Signs, or pretends to. */
export async function sign(
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
