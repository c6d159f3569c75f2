import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { leafFor, usual } from '../tls/tls.js'

const without = (program: string, ...args: string[]) =>
  spawnSync(program, args).status === 0 ? false : `there is no ${program} here`

/** A server that shows a certificate for any name, signed by our CA, as a thief of its key would. */
async function thief(t: Test, names: { dns?: string[]; ip?: string[] }) {
  const { root, issuer } = await usual
  const { certificate, key } = await leafFor(names)
  const server = createServer({ cert: certificate + issuer, key }, (_request, response) =>
    response.end('taken')
  ).listen(0, '127.0.0.1')
  t.teardown(() => server.close())
  await once(server, 'listening')
  const ca = join(t.testdir({}), 'ca.pem')
  writeFileSync(ca, root)
  return { ca, port: (server.address() as AddressInfo).port }
}

async function said(program: string, args: string[], env: NodeJS.ProcessEnv = {}) {
  const child = spawn(program, args, { env: { PATH: process.env.PATH, ...env } })
  let out = ''
  child.stdout.on('data', piece => (out += piece))
  child.stderr.on('data', piece => (out += piece))
  const [code] = await once(child, 'close')
  return { code, out }
}

const clients: Record<
  string,
  { skip: string | false; ask(name: string, port: number, ca: string): Promise<{ code: number; out: string }> }
> = {
  curl: {
    skip: without('curl', '--version'),
    ask: (name, port, ca) =>
      said('curl', [
        '-sS',
        '--noproxy',
        '*',
        '--cacert',
        ca,
        '--connect-to',
        `${name}:443:127.0.0.1:${port}`,
        `https://${name}/`
      ])
  },
  Python: {
    skip: without('python3', '--version'),
    ask: (name, port, ca) =>
      said('python3', [
        '-c',
        'import socket, ssl, sys; name, port, ca = sys.argv[1:]; c = ssl.create_default_context(cafile=ca); s = c.wrap_socket(socket.create_connection(("127.0.0.1", int(port))), server_hostname=name); print("taken")',
        name,
        String(port),
        ca
      ])
  },
  Node: {
    skip: false,
    ask: (name, port, ca) =>
      said(
        process.execPath,
        [
          '-e',
          `require('tls').connect({ port: ${port}, host: '127.0.0.1', servername: '${name}' }, () => { console.log('taken'); process.exit() })`
        ],
        { NODE_EXTRA_CA_CERTS: ca }
      )
  }
}

for (const [client, { skip, ask }] of Object.entries(clients)) {
  t.test(`${client} does not take a foreign name from our CA`, { skip }, async t => {
    const foreign = await thief(t, { dns: ['example.com'] })
    const refused = await ask('example.com', foreign.port, foreign.ca)
    t.not(refused.code, 0)
    t.match(refused.out, /permitted subtree violation/i)
    const both = await thief(t, { dns: ['localhost', 'example.com'] })
    t.not((await ask('localhost', both.port, both.ca)).code, 0, 'nor a good name beside a foreign one')
    const own = await thief(t, { dns: ['login.microsoftonline.com'] })
    t.equal((await ask('login.microsoftonline.com', own.port, own.ca)).code, 0, 'but a name that it is for')
  })
}
