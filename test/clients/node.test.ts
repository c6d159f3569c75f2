import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { surroundings } from '../../src/cli/surroundings.js'
import { impersonatedHosts } from '../../src/clouds.js'
import { createEmulator, type Emulator } from '../../src/index.js'
import { everything, keys, secret, tenant } from '../emulator.js'
import { certificate } from '../entra/certificate.js'

const programs = join(import.meta.dirname, '../../../test/clients/programs')
const expected: Record<string, string> = {
  'azure-identity': 'environment 200 14\nsecret 200 14\npassword 200 14\ncertificate 200 14\ndevice 200 14\n',
  'msal-node': 'secret Bearer\npassword alex@contoso.com\nrefresh false alex@contoso.com\n'
}

/** A folder of its own each time. */
function folder(t: Test): string {
  const made = mkdtempSync(join(tmpdir(), 'mde-emulator-test-'))
  t.teardown(() => rmSync(made, { recursive: true, force: true }))
  return made
}

const registered = certificate()
const certified = '44445555-eeee-6666-ffff-7777aaaa8888'

/** Runs a client; gives back what it said and where it connected to. A user code that it shows is approved. */
async function client(t: Test, { control }: Emulator, program: string, env: NodeJS.ProcessEnv) {
  const file = join(folder(t), 'client.pem')
  writeFileSync(file, registered.privateKey.export({ type: 'pkcs8', format: 'pem' }) + registered.pem)
  const record = join(folder(t), 'record')
  const child = spawn(
    process.execPath,
    ['--import', join(programs, 'recorder.mjs'), join(programs, `${program}.mjs`)],
    {
      env: {
        PATH: process.env.PATH,
        RECORD: record,
        AZURE_TENANT_ID: tenant,
        AZURE_CLIENT_ID: everything,
        AZURE_CLIENT_SECRET: secret,
        CERTIFICATE: file,
        CERTIFICATE_APP: certified,
        ...env
      }
    }
  )
  t.teardown(() => void child.kill('SIGKILL'))
  let [out, err] = ['', '']
  child.stdout.on('data', piece => {
    const userCode = /^enter (\S+)$/m.exec(String(piece))?.[1]
    if (userCode === undefined) out += piece
    else control.approveDevice(userCode)
  })
  child.stderr.on('data', piece => (err += piece))
  await once(child, 'close')
  const connections = existsSync(record) ? readFileSync(record, 'utf8').trim().split('\n') : []
  return { out, err, connections: [...new Set(connections)].sort() }
}

const fixtures = { apps: [{ clientId: certified, certificates: [registered.pem], roles: ['Software.Read.All'] }] }

async function listening(t: Test, httpsPort = 0) {
  const emulator = await createEmulator({
    keys,
    logLevel: 'silent',
    machines: 320,
    https: true,
    dataDir: folder(t),
    fixtures
  })
  t.teardown(() => emulator.close())
  const url = await emulator.listen({ port: 0, httpsPort })
  return { emulator, url, httpsPort: new URL(emulator.httpsUrl!).port }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1')
  const free = await Promise.race([once(server, 'listening').then(() => true), once(server, 'error').then(() => false)])
  server.close()
  return free
}
const mayListen = await isFree(443)

for (const [program, says] of Object.entries(expected)) {
  t.test(`${program}, told the address`, async t => {
    const { emulator, httpsPort } = await listening(t)
    const own = `https://localhost:${httpsPort}`
    const { out, err, connections } = await client(t, emulator, program, {
      NODE_EXTRA_CA_CERTS: emulator.caFile,
      AUTHORITY: own,
      API: own
    })
    t.equal(out, says, err)
    t.same(connections, [`localhost:${httpsPort}`], 'no other connection')
  })

  t.test(`${program}, by host names`, { skip: mayListen ? false : 'port 443 cannot be listened on here' }, async t => {
    const { emulator } = await listening(t, 443)
    const { out, err, connections } = await client(t, emulator, program, {
      NODE_EXTRA_CA_CERTS: emulator.caFile,
      HOSTS_FILE: impersonatedHosts.join(',')
    })
    t.equal(out, says, err)
    const known = connections.filter(target => !impersonatedHosts.some(host => target === `${host}:443`))
    t.same(known, [], 'no other connection')
  })

  t.test(`${program}, unchanged, as mde-emulator run leads it`, async t => {
    const { emulator, url } = await listening(t)
    const { httpsUrl, caPem, credentials } = emulator
    const { out, err, connections } = await client(
      t,
      emulator,
      program,
      surroundings({ url, httpsUrl, caPem, credentials }, { PATH: process.env.PATH }, folder(t))
    )
    t.equal(out, says, err)
    // To the proxy or, where the runtime knows none, to the real names, before these are led away.
    const ways = [new URL(url).host, ...impersonatedHosts.map(host => `${host}:443`)]
    t.same(
      connections.filter(target => !ways.includes(target)),
      [],
      'no other connection'
    )
    t.equal(emulator.tally.counts.tunnelsRefused, 0)
  })

  t.test(`${program} does not take a certificate of somebody else`, async t => {
    const { emulator, httpsPort } = await listening(t)
    const { emulator: other } = await listening(t)
    const own = `https://localhost:${httpsPort}`
    const { out, err } = await client(t, emulator, program, {
      NODE_EXTRA_CA_CERTS: other.caFile,
      AUTHORITY: own,
      API: own
    })
    t.equal(out, '')
    t.match(err, /certificate|network_error|ClientAuthError|endpoints_resolution_error/i)
  })
}
