// npm run soak: ten minutes at full load with everything on, then kill -9 and a restart. It fails when memory grows, when
// anything is logged, when a call is answered otherwise than it should be, or when the restarted one serves other bytes
// than the first one did. Not part of the tests: it takes the machine for itself. `--minutes N` takes another time.
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import autocannon from 'autocannon'
import { command, path, tokenOf } from './emulator.mjs'
import { ask, memory, pause, started } from './processes.mjs'

const minutes = Number(process.argv[process.argv.indexOf('--minutes') + 1]) || 10
const tenant = 'aaaabbbb-0000-cccc-1111-dddd2222eeee'
const device = '2339ad14a01bd0299afb93dfa2550136057bff96'
const folder = mkdtempSync(join(tmpdir(), 'mde-emulator-soak-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
const failures = []

/** What is read again and again. */
const reads = [
  path,
  '/api/machines?$top=100',
  "/api/machines?$filter=startswith(computerDnsName,'desktop')&$select=id",
  '/api/Software?$orderby=weaknesses%20desc',
  '/api/vulnerabilities?$top=200',
  '/api/recommendations',
  '/api/exposureScore',
  '/api/vulnerabilities/machinesVulnerabilities?$top=500',
  '/api/machines/SoftwareInventoryByMachine?pageSize=500',
  `/api/machines/${device}/getmissingkbs`,
  '/api/nothing',
  '/api/alerts'
]

let logged = ''
const clock = ['--time', '2026-06-30T12:00:00Z', '--frozen']
const start = () =>
  started([command, '--port', '0', '--no-https', '--data-dir', folder, ...clock, '--json'], text => {
    logged += text
  })

/** The bytes of the seeded world, of every kind of answer. */
const digestOf = async ({ url }) => {
  const hash = createHash('sha256')
  const headers = { authorization: `Bearer ${await tokenOf(url)}` }
  // Links name the port, which differs; ids of errors follow each other, so what fails is left out.
  for (const read of reads.slice(0, -2)) hash.update((await ask(url + read, { headers })).body.replaceAll(url, ''))
  return hash.digest('hex')
}

const first = await start()
const seeded = await digestOf(first)
const token = await tokenOf(first.url)
const until = Date.now() + minutes * 60_000
const samples = []

/** Somebody reads the journal all the while, as a dashboard would. */
const watcher = new AbortController()
let events = 0
const watching = fetch(`${first.url}/_emulator/requests/stream`, { signal: watcher.signal }).then(async ({ body }) => {
  for await (const _ of body) events++
})
watching.catch(() => undefined)

/** And somebody pulls the strings. */
const pulling = (async () => {
  const call = (method, url, body) =>
    ask(`${first.url}/_emulator${url}`, { method, body: body && JSON.stringify(body) })
  for (let n = 0; Date.now() < until; n++) {
    const other = `${(n % 50).toString(16).padStart(8, '0')}-0000-4000-8000-000000000000`
    const answers = [
      await call('PUT', `/machines/${device}/updates/4540673`),
      await call('DELETE', `/machines/${device}/updates/4540673`),
      await call('POST', `/clock/advance?tenant=${other}`, { by: 'P1D' }),
      await call('POST', `/updates/4540673/rollout?tenant=${other}`, { share: 0.3 }),
      await call('POST', `/snapshots/s${n % 10}?tenant=${other}`),
      await call('POST', `/faults?tenant=${other}`, { answer: { status: 503 }, when: { times: 1 } }),
      await call('POST', `/reset?tenant=${other}`)
    ]
    for (const { status, body } of answers)
      if (status >= 300) failures.push(`a control call was answered ${status}: ${body}`)
    await pause(50)
  }
})()
const sampling = (async () => {
  while (Date.now() < until) {
    samples.push(memory(first.pid))
    await pause(5_000)
  }
})()
const { requests, errors, timeouts, statusCodeStats } = await autocannon({
  url: first.url,
  connections: 20,
  duration: minutes * 60,
  headers: { authorization: `Bearer ${token}` },
  requests: [
    ...reads.map(read => ({ path: read })),
    {
      method: 'POST',
      path: `/${tenant}/oauth2/v2.0/token`,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'grant_type=client_credentials&client_id=00001111-aaaa-2222-bbbb-3333cccc4444&client_secret=wrong&scope=x/.default'
    }
  ]
})
await Promise.all([pulling, sampling])
watcher.abort()

const { status, body } = await ask(`${first.url}/_emulator/invariants`)
if (status !== 200 || JSON.parse(body).violations.length > 0)
  failures.push(`the world contradicts itself: ${body.slice(0, 300)}`)
const expected = new Set(['200', '401', '404', '501'])
for (const code of Object.keys(statusCodeStats)) if (!expected.has(code)) failures.push(`${code} was answered`)
if (errors + timeouts > 0) failures.push(`${errors} connections failed, ${timeouts} calls were not answered`)
if (events === 0) failures.push('the journal told nothing')
if (logged !== '') failures.push(`it logged: ${logged.slice(0, 500)}`)

// The heap settles in the first third; from then on it may breathe, not grow.
const third = Math.floor(samples.length / 3)
const mean = part => part.reduce((sum, size) => sum + size, 0) / part.length
const [middle, last] = [mean(samples.slice(third, 2 * third)), mean(samples.slice(2 * third))]
if (last > middle * 1.1) failures.push(`memory grew from ${middle.toFixed(0)} to ${last.toFixed(0)} MB`)

await first.end()
const second = await start()
if ((await digestOf(second)) !== seeded) failures.push('after kill -9 and a restart the seeded world has other bytes')
await second.end()

console.log(
  `${minutes} minutes, ${requests.total} calls (${requests.average} a second), ${events} pieces of the event stream, ` +
    `memory ${samples[0].toFixed(0)} MB at the start, ${middle.toFixed(0)} then, ${last.toFixed(0)} at the end, ${Math.max(...samples).toFixed(0)} at most`
)
for (const failure of failures.slice(0, 20)) console.log(`failed: ${failure}`)
process.exit(failures.length === 0 ? 0 : 1)
