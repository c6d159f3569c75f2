import { decodeJwt, decodeProtectedHeader, type JWTPayload, type ProtectedHeaderParameters } from 'jose'
import { shown } from './errors.js'
import { Unauthorized } from './unauthorized.js'

/** A token that no header should hold. */
const longest = 32 * 1024

/** The token of an Authorization header (RFC 6750, section 2.1). */
export function bearer(authorization: string | undefined): string {
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

/** What a token says, unverified. */
export function decoded(token: string): { header: ProtectedHeaderParameters; payload: JWTPayload } {
  try {
    return { header: decodeProtectedHeader(token), payload: decodeJwt(token) }
  } catch {
    const parts = token.split('.').length
    throw new Unauthorized(
      `not a JWT: ${parts === 3 ? 'its parts are not base64url of JSON' : `it has ${parts} part${parts === 1 ? '' : 's'} between dots instead of three`}`
    )
  }
}

/** The algorithm of the service, whoever signed. */
export function checkAlgorithm({ alg }: ProtectedHeaderParameters, payload: JWTPayload): void {
  if (alg !== 'RS256') {
    throw new Unauthorized(`wrong algorithm ${shown(String(alg))}: ${objection(alg)}`, payload)
  }
}

/** A key of ours. */
export function checkKey({ kid }: ProtectedHeaderParameters, payload: JWTPayload, ours: string): void {
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
