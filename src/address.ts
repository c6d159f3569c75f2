import type { FastifyRequest } from 'fastify'
import { placeOf } from './clouds.js'

/**
 * The address a client used, without a trailing slash: `http://localhost:6330`, or `https://gateway/mde` behind a proxy
 * with a path prefix. `@odata.context`, `@odata.nextLink` and the sign-in metadata are built from it and never from the
 * address that was bound: MSAL for Node compares the metadata's issuer with the authority it was given.
 */
export type AddressOf = (request: FastifyRequest) => string

export interface AddressSettings {
  /** Say this, whatever was asked for (`--public-url`). */
  publicUrl?: string | undefined
  /** Believe `X-Forwarded-Proto`, `-Host`, `-Port` and `-Prefix` (`--trust-proxy`). Only safe behind a proxy that sets them. */
  trustProxy?: boolean | undefined
}

/** Host names and ports as RFC 3986 allows them; anything else in a Host header would end up inside our answers. */
const hostPattern = /^(?:[a-z0-9._~-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i

const first = (header: string | string[] | undefined): string | undefined =>
  (Array.isArray(header) ? header[0] : header)?.split(',')[0]?.trim() || undefined

export function addressBook({ publicUrl, trustProxy = false }: AddressSettings): AddressOf {
  const fixed = publicUrl?.replace(/\/+$/, '')
  return request => {
    const { headers, socket } = request.raw
    // Who asks by a real host name is answered by it: to be told another would be to be led away.
    if (fixed !== undefined && placeOf(headers.host) === undefined) return fixed
    const encrypted = 'encrypted' in socket && socket.encrypted === true
    const own = `${encrypted ? 'https' : 'http'}://`
    const asked = headers.host !== undefined && hostPattern.test(headers.host) ? headers.host : bound(socket)
    if (!trustProxy) return own + asked

    const scheme = first(headers['x-forwarded-proto'])?.toLowerCase()
    const forwarded = first(headers['x-forwarded-host'])
    const port = first(headers['x-forwarded-port'])
    const prefix = first(headers['x-forwarded-prefix']) ?? ''
    let host = forwarded !== undefined && hostPattern.test(forwarded) ? forwarded : asked
    const proto = scheme === 'https' || scheme === 'http' ? `${scheme}://` : own
    const usual = proto === 'https://' ? '443' : '80'
    if (
      forwarded !== undefined &&
      port !== undefined &&
      /^\d{1,5}$/.test(port) &&
      port !== usual &&
      !/:\d+$/.test(host)
    ) {
      host += `:${port}`
    }
    return proto + host + (/^(?:\/[a-z0-9._~-]+)+\/?$/i.test(prefix) ? prefix.replace(/\/$/, '') : '')
  }
}

/** HTTP/1.0 clients and injected requests may come without a Host header. */
function bound(socket: { localAddress?: string | undefined; localPort?: number | undefined }): string {
  const { localAddress = 'localhost', localPort } = socket
  const host = localAddress.includes(':') ? `[${localAddress}]` : localAddress
  return localPort === undefined ? host : `${host}:${localPort}`
}

/** The address of a socket that is bound to all of them. */
export function onThisMachine(url: string): string {
  return url.replace('//[::]', '//localhost').replace('//0.0.0.0', '//localhost')
}
