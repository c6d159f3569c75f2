import { once } from 'node:events'
import type { RequestListener } from 'node:http'
import { createServer } from 'node:https'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { type Duplex, pipeline } from 'node:stream'
import type { Identity } from './keeper.js'

export interface ListenerSettings {
  identity: Identity
  /** What the plain server does with requests. */
  handler: RequestListener
  /** What the plain server does with what is no HTTP. */
  refuse: (error: NodeJS.ErrnoException, socket: Socket) => void
  host: string
  port: number
  maxHeaderSize: number
  /** Milliseconds for a handshake, and for the headers after it. */
  handshakeTimeout?: number
  headersTimeout?: number
}

export interface Listener {
  url: string
  /** A connection that came another way, on which the client begins TLS. */
  accept(socket: Duplex): void
  /** For connections from now on. */
  show(identity: Identity): void
  /** New connections are refused, answers in flight finished, whatever is left after `patience` milliseconds is cut. */
  close(patience: number): Promise<void>
}

/** HTTPS beside HTTP. The Host header says what is asked for; there is one certificate, whatever SNI says or if it is absent. */
export async function listenSecurely({
  identity: { chain, key },
  handler,
  refuse,
  host,
  port,
  maxHeaderSize,
  handshakeTimeout = 10_000,
  headersTimeout = 20_000
}: ListenerSettings): Promise<Listener> {
  const server = createServer(
    {
      cert: chain,
      key,
      maxHeaderSize,
      handshakeTimeout,
      headersTimeout,
      // As Fastify sets them for HTTP.
      requestTimeout: 0,
      keepAliveTimeout: 72_000,
      connectionsCheckingInterval: Math.min(5_000, headersTimeout)
    },
    handler
  )
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  // Handshakes that fail come here too (Node hands them on from tlsClientError): nobody is there to read an answer.
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (error.code?.startsWith('HPE_')) refuse(error, socket as Socket)
    else socket.destroy()
  })
  server.listen({ port, host })
  try {
    await once(server, 'listening')
  } catch (error) {
    throw explained(error as NodeJS.ErrnoException, port)
  }
  // What goes wrong with a socket that listens is no reason to end.
  server.on('error', () => undefined)

  const { address, port: bound } = server.address() as AddressInfo
  return {
    url: `https://${address.includes(':') ? `[${address}]` : address}:${bound}`,
    accept: socket => {
      // By the front door: a TLS socket laid over another one that fails leaves the other one open.
      const inner = connect(bound, address === '0.0.0.0' ? '127.0.0.1' : address === '::' ? '::1' : address)
      pipeline(socket, inner, () => undefined)
      pipeline(inner, socket, () => undefined)
    },
    show: ({ chain, key }) => server.setSecureContext({ cert: chain, key }),
    async close(patience) {
      const closed = once(server, 'close')
      server.close()
      server.closeIdleConnections()
      const cut = setTimeout(() => {
        server.closeAllConnections()
        // Those that never ended their handshake.
        for (const socket of sockets) socket.destroy()
      }, patience)
      await closed
      clearTimeout(cut)
    }
  }
}

function explained(error: NodeJS.ErrnoException, port: number): Error {
  const otherwise = 'choose another with --https-port (0 picks a free one), or do without with --no-https'
  if (error.code === 'EADDRINUSE') return new Error(`port ${port} for HTTPS is in use: ${otherwise}`)
  if (error.code === 'EACCES') return new Error(`port ${port} for HTTPS may not be used by this user: ${otherwise}`)
  return error
}
