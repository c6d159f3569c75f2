import t from 'tap'
import { gather } from '../src/cli/start.js'
import { suggestion } from '../src/edit-distance.js'
import { flagOf, fromEnvironment, optionsHelp, resolveOptions, table, variableOf } from '../src/options.js'

t.test('flags, variables and names', async t => {
  t.equal(flagOf('pageSize'), '--page-size')
  t.equal(variableOf('pageSize'), 'MDE_EMULATOR_PAGE_SIZE')
  for (const name of Object.keys(table)) {
    t.match(optionsHelp(), flagOf(name))
    t.match(optionsHelp(), variableOf(name))
  }
})

t.test('defaults', async t => {
  t.match(gather([], {}), {
    port: 6330,
    host: '127.0.0.1',
    seed: 1,
    machines: undefined,
    auth: 'verify',
    profile: 'observed',
    scenario: 'typical',
    frozen: false,
    audience: [],
    quirks: [],
    logLevel: 'warn'
  })
})

t.test('HTTPS takes a free port when another port was chosen and not its own', async t => {
  t.match(gather([], {}), { httpsPort: 6331, noHttps: false, tlsName: [] })
  t.match(gather(['--port', '7000'], {}), { port: 7000, httpsPort: 0 })
  t.match(gather(['--port', '0'], {}), { port: 0, httpsPort: 0 })
  t.match(gather([], { MDE_EMULATOR_PORT: '7000' }), { httpsPort: 0 })
  t.match(gather(['--port', '7000', '--https-port', '7001'], {}), { httpsPort: 7001 })
  t.match(gather(['--https-port', '7001'], {}), { port: 6330, httpsPort: 7001 })
  t.match(gather(['--tls-name', 'mde', '--tls-name', 'b.test'], {}), { tlsName: ['mde', 'b.test'] })
})

t.test('flag, then environment, then config file, then default', async t => {
  const file = `${t.testdir({ 'config.json': '{"seed": 3, "machines": 30, "quirks": ["hide-superseded"]}' })}/config.json`
  const environment = { MDE_EMULATOR_SEED: '2', MDE_EMULATOR_CONFIG: file, PATH: '/bin' }
  t.match(gather(['--seed', '1'], environment), { seed: 1, machines: 30, quirks: ['hide-superseded'] })
  t.match(gather([], environment), { seed: 2, machines: 30 })
  t.match(gather(['--config', file], {}), { seed: 3, machines: 30, port: 6330 })
})

t.test('values as they come', async t => {
  t.match(gather(['--port=0', '--frozen', '--audience', 'a', '--audience', 'b,c'], {}), {
    port: 0,
    frozen: true,
    audience: ['a', 'b', 'c']
  })
  t.match(gather([], { MDE_EMULATOR_FROZEN: 'true', MDE_EMULATOR_NO_DOCS: '1', MDE_EMULATOR_NO_ADMIN: 'false' }), {
    frozen: true,
    noDocs: true,
    noAdmin: false
  })
  t.match(
    gather([], { MDE_EMULATOR_AUDIENCE: 'a b,c', MDE_EMULATOR_SEED: '' }),
    { audience: ['a', 'b', 'c'], seed: 1 },
    'an empty variable is none'
  )
})

t.test('variables that Kubernetes injects for a service of this name are not ours', async t => {
  t.same(
    fromEnvironment({
      MDE_EMULATOR_PORT: 'tcp://10.96.0.12:6330',
      MDE_EMULATOR_PORT_6330_TCP: 'tcp://10.96.0.12:6330',
      MDE_EMULATOR_PORT_6330_TCP_ADDR: '10.96.0.12',
      MDE_EMULATOR_SERVICE_HOST: '10.96.0.12',
      MDE_EMULATOR_SERVICE_PORT_HTTP: '6330'
    }),
    {}
  )
  t.same(fromEnvironment({ MDE_EMULATOR_PORT: '7000' }), { port: '7000' })
})

t.test('wrong use names the culprit and the nearest name', async t => {
  const folder = t.testdir({
    'bad.json': '{',
    'list.json': '[]',
    'typo.json': '{"sed": 1}',
    'value.json': '{"seed": "many"}'
  })
  for (const [args, environment, message] of [
    [['--prot', '1'], {}, /^unknown flag --prot; did you mean --port\?$/],
    [['--wildly-different'], {}, /^unknown flag --wildly-different$/],
    [[], { MDE_EMULATOR_SEEED: '1' }, /^unknown variable MDE_EMULATOR_SEEED; did you mean MDE_EMULATOR_SEED\?$/],
    [['--port', '70000'], {}, /^--port is "70000"; it must be a whole number from 0 to 65535$/],
    [['--seed', '-1'], {}, /--seed/],
    [['--seed', '1e3'], {}, /^--seed is "1e3"; it must be a whole number/],
    [
      [],
      { MDE_EMULATOR_MACHINES: 'x' },
      /^variable MDE_EMULATOR_MACHINES is "x"; it must be a whole number from 0 to 1000000$/
    ],
    [['--auth', 'verfy'], {}, /^--auth is "verfy"; it must be one of verify, decode, off; did you mean verify\?$/],
    [
      ['--quirks', 'hide-superceded'],
      {},
      /^--quirks names "hide-superceded"; known are .*; did you mean hide-superseded\?$/
    ],
    [['--time', 'tomorrow'], {}, /^--time is "tomorrow"; it must be an instant in ISO 8601/],
    [['--time', '2026-06-30T09:00:00'], {}, /an instant in ISO 8601/],
    [['--public-url', 'localhost'], {}, /an http or https address/],
    [['--admin-token', 'short'], {}, /8 to 200 visible ASCII characters/],
    [['--admin-token', 'long-enough', '--no-admin'], {}, /contradict each other/],
    [['--no-https', '--https-port', '1'], {}, /^--no-https and --https-port contradict each other: there is no HTTPS$/],
    [['--no-https', '--cert', 'a', '--key', 'b'], {}, /contradict each other/],
    [['--no-https'], { MDE_EMULATOR_TLS_NAME: 'mde' }, /^--no-https and variable MDE_EMULATOR_TLS_NAME contradict/],
    [['--cert', 'a'], {}, /^--cert needs --key too: a certificate and its key go together$/],
    [[], { MDE_EMULATOR_KEY: 'a' }, /^variable MDE_EMULATOR_KEY needs --cert too/],
    [['--cert', 'a', '--key', 'b', '--tls-name', 'mde'], {}, /your own certificate has the names it has/],
    [['--tls-name', '*.example.com'], {}, /^--tls-name names "\*\.example\.com"; it must be a host name, such as/],
    [['--tls-name', 'mde,dev'], {}, /^--tls-name names "dev"; it must be a host name; "dev" is a top-level domain/],
    [['--frozen=true'], {}, /^--frozen takes no value, found "true"$/],
    [['--seed'], {}, /^--seed needs a value: --seed N$/],
    [['--seed='], {}, /^--seed needs a value/],
    [['--seed', '1', '--seed', '2'], {}, /^--seed is given twice$/],
    [['stray'], {}, /"stray" was not expected; options begin with --/],
    [[], { MDE_EMULATOR_FROZEN: 'maybe' }, /it must be true or false/],
    [['--config', `${folder}/bad.json`], {}, /config file .*bad\.json is not JSON/],
    [['--config', `${folder}/list.json`], {}, /must hold one object/],
    [['--config', `${folder}/typo.json`], {}, /unknown key "sed" in config file .*; did you mean seed\?$/],
    [['--config', `${folder}/value.json`], {}, /^"seed" in config file .*value\.json is "many"; it must be/]
  ] as const) {
    t.throws(() => gather(args, environment), { name: 'UsageError', message }, JSON.stringify([args, environment]))
  }
  t.throws(() => gather(['--config', `${folder}/none.json`], {}), { message: /cannot be read \(ENOENT\)/ })
})

t.test('the library checks the same options', async t => {
  t.throws(() => resolveOptions({ machines: -1 }), {
    name: 'UsageError',
    message: /^option machines is -1; it must be/
  })
  t.throws(() => resolveOptions({ mashines: 1 } as object), {
    message: /^unknown option mashines; did you mean machines\?/
  })
  t.throws(() => resolveOptions({ seed: 1.5 }), { name: 'UsageError' })
})

t.test('suggestions', async t => {
  t.equal(suggestion('pagesize', ['--page-size', '--port']), '; did you mean --page-size?')
  t.equal(suggestion('x', ['--page-size']), '')
})
