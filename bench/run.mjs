// npm run bench: what product decisions promise in numbers, measured on this machine in one run, each beside what it is
// compared with. Nothing is asserted: a machine under load must not break anybody's build. `--quick` takes fewer rounds.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { called, command, path, tokenOf } from './emulator.mjs'
import { compared } from './load.mjs'
import { ask, cores, freePort, lasted, memory, pause, started, timed } from './processes.mjs'
import { median, medians } from './statistics.mjs'

const quick = process.argv.includes('--quick')
const rounds = quick ? { load: 3, start: 11, large: 1 } : { load: 5, start: 21, large: 3 }
const seconds = quick ? 2 : 5
const root = fileURLToPath(new URL('..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'mde-emulator-bench-'))
// On exit, so that a signal leaves nothing behind either.
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
const rows = []

const bare = await bundled('fastify')
await load(bare)
await starts(bare)
await sizes()
await resets()
await newTenants()
installed()
report()

/** Requests per second of the same bytes, from servers that take turns on one core while the other one asks. */
async function load(bare) {
  const small = await emulator()
  const token = await tokenOf(small.url)
  const { headers, body } = await called(small.url)
  const file = join(folder, 'answer.json')
  const { date: _date, connection: _connection, 'keep-alive': _alive, ...sent } = headers
  writeFileSync(file, JSON.stringify({ headers: sent, body }))
  const large = await emulator('--machines', '100000')
  const unwatched = await emulator('--journal', '0')
  const http = await started([join(root, 'bench/servers/http.mjs'), file])
  const servers = {
    // The bar is the plain request; with a token node:http has more to parse too.
    http,
    httpToken: { ...http, token },
    fastify: await started([bare, file]),
    small: { ...small, token },
    unwatched: { ...unwatched, token: await tokenOf(unwatched.url) },
    large: { ...large, token: await tokenOf(large.url) }
  }
  const { rates, times, busy, others, apart } = await compared(servers, { rounds: rounds.load, seconds })
  for (const { end } of Object.values(servers)) await end()
  const where = apart ? 'on a core of its own' : 'cores SHARED with the load generator: ratios are too good'
  rows.push(
    [`node:http sending the same bytes, ${where}, requests/s`, '', Math.round(rates.http), ''],
    ['bare Fastify sending the same bytes, of node:http', '', ratio(rates.fastify / rates.http), ''],
    row('getmissingkbs with token check, of node:http', rates.small / rates.http, '>=', 0.6),
    ['the same, of node:http that is sent the token too', '', ratio(rates.small / rates.httpToken), ''],
    ['the same without the journal (--journal 0), of node:http', '', ratio(rates.unwatched / rates.http), ''],
    ['processor time per call, node:http / getmissingkbs', '', ratio(times.http / times.small), ''],
    ['the same, node:http that is sent the token too', '', ratio(times.httpToken / times.small), ''],
    ['processor time per call, µs: node:http, getmissingkbs', '', `${micro(times.http)}, ${micro(times.small)}`, ''],
    ['how busy the server was: node:http, getmissingkbs', '', `${ratio(busy.http)}, ${ratio(busy.small)}`, ''],
    // Next to nothing on a quiet machine; with more, requests/s compare nothing.
    ['what others took of its core meanwhile', '', `${ratio(others.http)}, ${ratio(others.small)}`, ''],
    row('getmissingkbs with 100,000 devices, of the default world', rates.large / rates.small, '>=', 0.9)
  )
}

/** From the start of the process, without a key on disk, in turns with what it is compared with. */
async function starts(bare) {
  const results = { node: [], fastify: [], healthz: [], token: [], kept: [] }
  for (let round = 0; round < rounds.start; round++) {
    const port = await freePort()
    const url = `http://127.0.0.1:${port}`
    const alive = address => async () => (await ask(address)).status === 200
    const own = dataDir => [command, '--port', String(port), '--data-dir', dataDir]
    results.node.push(await lasted(['-e', '0']))
    results.fastify.push(await timed([bare, ...(await nothing()), String(port)], alive(url)))
    results.healthz.push(await timed(own(join(folder, `a${round}`)), alive(`${url}/healthz`)))
    const kept = join(folder, `b${round}`)
    const firstAnswer = async () => (await ask(`${url}/healthz`)).status === 200 && (await called(url)).status === 200
    results.token.push(await timed(own(kept), firstAnswer))
    results.kept.push(await timed(own(kept), firstAnswer))
  }
  const { node, fastify, healthz, token, kept } = medians(results)
  rows.push(
    ['node -e 0, ms', '', Math.round(node), ''],
    ['bare Fastify, bundled the same way, start to first 200, ms', '', Math.round(fastify), ''],
    row('start to first 200 of /healthz, of bare Fastify', healthz / fastify, '<=', 1.6),
    row('start to first answer with a token, no key on disk, of bare Fastify', token / fastify, '<=', 1.6),
    row('the same with the key of an earlier run, of bare Fastify', kept / fastify, '<=', 1.6),
    row('start to first answer with a token, ms', token, '<', 1000, 0)
  )
}

async function sizes() {
  const results = { rest: [], hundred: [], hundredMemory: [], million: [], millionMemory: [] }
  const answers = []
  for (let round = 0; round < rounds.large; round++) {
    const small = await emulator()
    await called(small.url)
    await pause(2_000)
    results.rest.push(memory(small.pid))
    await small.end()
    for (const [machines, name] of [
      ['100000', 'hundred'],
      ['1000000', 'million']
    ]) {
      const from = performance.now()
      const large = await emulator('--machines', machines)
      await called(large.url)
      results[name].push(performance.now() - from)
      await pause(2_000)
      results[`${name}Memory`].push(memory(large.pid))
      if (round === 0) answers.push(...(await largeAnswers(large, Number(machines))))
      await large.end()
    }
  }
  const { rest, hundred, hundredMemory, million, millionMemory } = medians(results)
  rows.push(
    row('memory at rest, default world, MB', rest, '<', 90, 0),
    row('start with 100,000 devices to first answer, ms', hundred, '<', 2000, 0),
    ['memory at rest, 100,000 devices, MB', '', Math.round(hundredMemory), ''],
    row('start with 1,000,000 devices to first answer, ms', million, '<', 6000, 0),
    row('memory at rest, 1,000,000 devices, MB', millionMemory, '<', 600, 0),
    ...answers
  )
}

/**
 * Answers out of a large world: how long each takes, how long somebody else waits for /healthz meanwhile (the worst of
 * many), and what the process weighs in the end.
 */
async function largeAnswers({ url, pid }, devices) {
  const headers = { authorization: `Bearer ${await tokenOf(url)}` }
  const many = devices.toLocaleString('en')
  const rows = []
  for (const [what, query] of [
    ['first page of machines', '/api/machines'],
    ['last 100 of machines', `/api/machines?$skip=${devices - 100}`],
    ['$filter over all machines, counted', "/api/machines?$filter=riskScore+eq+'High'&$count=true&$top=10"],
    ['$orderby over all machines, the last 10', `/api/machines?$orderby=lastSeen&$skip=${devices - 10}`],
    ['machinesVulnerabilities, deep', `/api/vulnerabilities/machinesVulnerabilities?$skip=${devices * 10}&$top=10`],
    ['one page of the vulnerability export', '/api/machines/SoftwareVulnerabilitiesByMachine'],
    ['recommendations', '/api/recommendations']
  ]) {
    let waited = 0
    let done = false
    const others = (async () => {
      while (!done) {
        const from = performance.now()
        await ask(`${url}/healthz`)
        waited = Math.max(waited, performance.now() - from)
      }
    })()
    const from = performance.now()
    const { status } = await ask(url + query, { headers })
    const took = performance.now() - from
    done = true
    await others
    if (status !== 200) throw new Error(`${query} answered ${status}`)
    rows.push([
      `${many} devices, ${what}: ms, worst wait of others, ms`,
      '',
      `${Math.round(took)}, ${Math.round(waited)}`,
      ''
    ])
  }
  rows.push([`${many} devices, memory after all that, MB`, '', Math.round(memory(pid)), ''])
  return rows
}

async function resets() {
  const { url, end } = await emulator()
  const times = []
  for (let round = 0; round < 50; round++) {
    const from = performance.now()
    const { status } = await ask(`${url}/_emulator/reset`, { method: 'POST' })
    times.push(performance.now() - from)
    if (status !== 204) throw new Error(`reset answered ${status}`)
  }
  await end()
  rows.push(row('reset, over HTTP, ms', median(times), '<', 5, 1))
}

/** The first call in a tenant makes its world; whoever starts a test per tenant waits for it. */
async function newTenants() {
  const tenants = Array.from({ length: 20 }, (_, index) => ({
    id: `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`
  }))
  const file = join(folder, 'tenants.json')
  writeFileSync(file, JSON.stringify({ tenants }))
  const { url, end } = await emulator('--fixtures', file)
  await called(url)
  const times = []
  for (const { id: tenant } of tenants) {
    const minted = await ask(`${url}/_emulator/tokens`, { method: 'POST', body: JSON.stringify({ tenant }) })
    const headers = { authorization: `Bearer ${JSON.parse(minted.body).access_token}` }
    const from = performance.now()
    const { status } = await ask(url + path, { headers })
    times.push(performance.now() - from)
    if (status !== 200) throw new Error(`the first call in a new tenant answered ${status}`)
  }
  await end()
  rows.push(row('first call in a new tenant, ms', median(times), '<', 30, 1))
}

/** What `npm i mde-emulator --omit=dev` puts on the disk. */
function installed() {
  const [{ filename }] = JSON.parse(
    execFileSync('npm', ['pack', '--json', '--pack-destination', folder], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'ignore']
    })
  )
  execFileSync(
    'npm',
    ['install', '--omit=dev', '--no-audit', '--no-fund', '--prefix', folder, join(folder, filename)],
    {
      stdio: 'ignore'
    }
  )
  const [kilobytes] = execFileSync('du', ['-sk', join(folder, 'node_modules')])
    .toString()
    .split('\t')
  rows.push(row('installed, MB', Number(kilobytes) / 1024, '<', 45, 0))
}

function emulator(...args) {
  return started([command, '--port', '0', '--json', '--data-dir', join(folder, 'key'), ...args])
}

async function bundled(name) {
  const outfile = join(folder, `${name}.mjs`)
  await build({
    entryPoints: [join(root, `bench/servers/${name}.mjs`)],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);"
    },
    logLevel: 'error'
  })
  return outfile
}

/** An answer of nothing, for the start of the bare server. */
async function nothing() {
  const file = join(folder, 'nothing.json')
  writeFileSync(file, JSON.stringify({ headers: {}, body: '{}' }))
  return [file]
}

function row(what, measured, relation, bar, digits = 2) {
  const met = { '>=': measured >= bar, '<=': measured <= bar, '<': measured < bar }[relation]
  return [what, `${relation} ${bar}`, measured.toFixed(digits), met ? 'met' : 'missed']
}

function ratio(value) {
  return value.toFixed(2)
}

function micro(milliseconds) {
  return (milliseconds * 1000).toFixed(1)
}

function report() {
  const table = [
    '| what | bar | measured | |',
    '| --- | --- | --- | --- |',
    ...rows.map(cells => `| ${cells.join(' | ')} |`)
  ].join('\n')
  console.log(table)
  if (quick) return
  const day = new Date().toISOString().slice(0, 10)
  writeFileSync(
    join(root, 'bench/RESULTS.md'),
    `# Measured

\`npm run bench\` wrote this on ${day}, Node ${process.versions.node}, ${cores().length} cores. Medians of several rounds in one run, in turns
with what each is compared with. Ratios travel to other machines better than milliseconds do. Where the load generator
is the slower side (the server less than busy), a ratio of requests/s flatters; the one of processor time does not. Where
other programs took part of the server's core, requests/s compare nothing and milliseconds are too long.

${table}
`
  )
}
