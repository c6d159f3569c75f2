import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { request } from 'node:https'
import { connect, createServer, type TLSSocket } from 'node:tls'
import { type Authority, type KeyPair, madeAuthority, madeLeaf } from '../../src/tls/certificates.js'
import { type Names, namesWith } from '../../src/tls/names.js'

export const hasOpenssl = spawnSync('openssl', ['version']).status === 0

/** An authority for the usual names: making one for each test would take longer than the tests. */
export const usual: Promise<Authority> = madeAuthority(namesWith(['mde']), Date.now())

export async function leafFor(names: Partial<Names>): Promise<KeyPair> {
  return madeLeaf(await usual, { dns: [], ip: [], ...names }, Date.now())
}

export interface Answer {
  status: number
  headers: Record<string, string | string[] | undefined>
  text: string
}

/** GET over TLS, by that CA, under any host name. */
export function get(
  url: string,
  { ca, host, sni, headers }: { ca?: string; host?: string; sni?: string; headers?: Record<string, string> } = {}
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { hostname, port, pathname, search } = new URL(url)
    const asked = request(
      {
        host: hostname.replace(/[[\]]/g, ''),
        port,
        path: pathname + search,
        ca,
        agent: false,
        ...(host !== undefined && { servername: host }),
        ...(sni !== undefined && { servername: sni }),
        headers: { ...(host !== undefined && { host }), ...headers }
      },
      response => {
        let text = ''
        response.setEncoding('utf8').on('data', part => (text += part))
        response.on('end', () => resolve({ status: response.statusCode!, headers: response.headers, text }))
      }
    )
    asked.on('error', reject).end()
  })
}

/** What Node says when a server shows this certificate under this name: undefined when it is content. */
export async function handshake({ root, issuer }: Authority, { certificate, key }: KeyPair, host: string) {
  const server = createServer({ cert: certificate + issuer, key }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const socket: TLSSocket = connect({ port, host: '127.0.0.1', servername: host, ca: root })
  try {
    await once(socket, 'secureConnect')
    return undefined
  } catch (error) {
    return (error as Error).message
  } finally {
    socket.destroy()
    server.close()
  }
}
