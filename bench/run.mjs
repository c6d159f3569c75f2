// npm run bench: what product decisions promise in numbers, measured on this machine in one run, each beside what it is
// compared with. Nothing is asserted: a machine under load must not break anybody's build. `--quick` takes fewer rounds.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import autocannon from 'autocannon'
import { build } from 'esbuild'
import { called, command, path, tokenOf } from './emulator.mjs'
import { ask, freePort, lasted, memory, pause, started, timed } from './processes.mjs'

const quick = process.argv.includes('--quick')
const rounds = quick ? { load: 1, start: 3, large: 1 } : { load: 5, start: 21, large: 3 }
const seconds = quick ? 2 : 5
const root = fileURLToPath(new URL('..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'mde-emulator-bench-'))
const rows = []

try {
  const bare = await bundled('fastify')
  await load(bare)
  await starts(bare)
  await sizes()
  await resets()
  installed()
} finally {
  rmSync(folder, { recursive: true, force: true })
}
report()

/** Requests per second of the same bytes; the machine's mood changes, so the servers take turns. */
async function load(bare) {
  const servers = {}
  const small = await emulator()
  servers.small = { ...small, token: await tokenOf(small.url) }
  const { headers, body } = await called(small.url)
  const file = join(folder, 'answer.json')
  const { date: _date, connection: _connection, 'keep-alive': _alive, ...sent } = headers
  writeFileSync(file, JSON.stringify({ headers: sent, body }))
  servers.http = await started([join(root, 'bench/servers/http.mjs'), file])
  servers.fastify = await started([bare, file])
  const large = await emulator('--machines', '100000')
  servers.large = { ...large, token: await tokenOf(large.url) }

  const results = { http: [], fastify: [], small: [], large: [] }
  const names = Object.keys(results)
  for (let round = 0; round < rounds.load; round++) {
    for (const name of names) results[name].push(await throughput(servers[name]))
  }
  for (const name of names) await servers[name].end()
  const { http, fastify, small: own, large: hundred } = medians(results)
  rows.push(
    ['node:http sending the same bytes, requests/s', '', Math.round(http), ''],
    ['bare Fastify sending the same bytes, of node:http', '', ratio(fastify / http), ''],
    row('getmissingkbs with token check, of node:http', own / http, '>=', 0.6),
    row('the same with 100,000 devices, of the default world', hundred / own, '>=', 0.9)
  )
}

async function throughput({ url, token }) {
  const { requests, non2xx, errors } = await autocannon({
    url: url + path,
    connections: 50,
    duration: seconds,
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` }
  })
  if (non2xx + errors > 0) throw new Error(`${non2xx} bad answers and ${errors} errors from ${url}`)
  return requests.average
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
      await large.end()
    }
  }
  const { rest, hundred, hundredMemory, million, millionMemory } = medians(results)
  rows.push(
    row('memory at rest, default world, MB', rest, '<', 90, 0),
    row('start with 100,000 devices to first answer, ms', hundred, '<', 2000, 0),
    ['memory at rest, 100,000 devices, MB', '', Math.round(hundredMemory), ''],
    row('start with 1,000,000 devices to first answer, ms', million, '<', 6000, 0),
    row('memory at rest, 1,000,000 devices, MB', millionMemory, '<', 600, 0)
  )
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

function medians(results) {
  return Object.fromEntries(Object.entries(results).map(([name, values]) => [name, median(values)]))
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)]
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

\`npm run bench\` wrote this on ${day}, Node ${process.versions.node}, ${availableParallelism()} cores: server and load generator share them.
Medians of several rounds in one run, in turns with what each is compared with. Ratios travel to other machines better
than milliseconds do.

${table}
`
  )
}
