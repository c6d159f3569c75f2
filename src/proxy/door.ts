import type { IncomingMessage, RequestListener, Server } from 'node:http'
import { createServer } from 'node:http'
import type { Duplex } from 'node:stream'
import { impersonatedHosts, placeOf } from '../clouds.js'
import { reasonHeader } from '../reason.js'

/**
 * A forward proxy that leads to this emulator and nowhere else: `CONNECT` for the real service's names on port 443, and
 * 403 for everything else. It opens no connection but to its own HTTPS port, so it cannot be made to.
 */
export interface Door {
  /** What comes through: a connection on which the client begins TLS. Undefined while there is no HTTPS. */
  accept: () => ((socket: Duplex) => void) | undefined
  /** Told of each that knocks. */
  tunnelled: (refused: boolean) => void
}

/** Answers `CONNECT host:port` (RFC 9110, section 9.3.6). */
export function connectThrough({ accept, tunnelled }: Door) {
  return (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    // A client that hangs up is no reason to end.
    socket.on('error', () => socket.destroy())
    const [, host = '', port = ''] = /^(\[[^\]]*\]|[^:]*):(\d+)$/.exec(request.url ?? '') ?? []
    const known = placeOf(host) !== undefined && port === '443'
    tunnelled(!known)
    if (!known) {
      refuse(socket, 403, 'Forbidden', refusal(request.url ?? ''))
      return
    }
    const enter = accept()
    if (enter === undefined) {
      refuse(socket, 503, 'Service Unavailable', 'this emulator serves no HTTPS, which a CONNECT would lead to')
      return
    }
    socket.write('HTTP/1.1 200 Connection Established\r\n\r\n')
    if (head.length > 0) socket.unshift(head)
    enter(socket)
  }
}

/** A proxy on a port of its own. Requests that are no `CONNECT` are refused. */
export function proxyServer(door: Door, maxHeaderSize: number): Server {
  const listener: RequestListener = (request, response) => {
    const reason = refusal(request.url ?? '')
    response.writeHead(403, {
      'content-type': 'application/json; charset=utf-8',
      [reasonHeader]: reason,
      connection: 'close'
    })
    response.end(body(reason))
  }
  const server = createServer({ maxHeaderSize, headersTimeout: 20_000 }, listener)
  server.on('connect', connectThrough(door))
  server.on('clientError', (_error, socket) => socket.destroy())
  return server
}

/**
 * Why a request in absolute form (RFC 9112, section 3.2.2) is refused: it is for another server, which would be a proxy's
 * work. Undefined for requests to this one.
 */
export function foreignTarget(url: string): string | undefined {
  const [, host] = /^https?:\/\/(\[[^\]]*\]|[^:/?]*)/i.exec(url) ?? []
  if (host === undefined || /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/i.test(host)) return undefined
  return refusal(url.split('?', 1)[0]!)
}

function refusal(target: string): string {
  const shown = target.slice(0, 200).replace(/[^\x21-\x7e]/g, '?')
  return `this proxy leads to the emulator only: CONNECT to port 443 of ${impersonatedHosts.join(', ')}, not to ${shown}`
}

function body(message: string): string {
  return JSON.stringify({ error: { code: 'ProxyForbidden', message } })
}

function refuse(socket: Duplex, status: number, phrase: string, reason: string): void {
  const text = body(reason)
  socket.end(
    `HTTP/1.1 ${status} ${phrase}\r\nContent-Type: application/json; charset=utf-8\r\n` +
      `Content-Length: ${Buffer.byteLength(text)}\r\n${reasonHeader}: ${reason}\r\nConnection: close\r\n\r\n${text}`
  )
}
