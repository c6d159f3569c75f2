import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { documentedDevice, everything, form, resource, secret, tenant } from './emulator.js'

/** The bundled command, as users run it. */
const command = fileURLToPath(new URL('../../dist/cli.js', import.meta.url))

interface Run {
  child: ChildProcessWithoutNullStreams
  output: () => string
  errors: () => string
  ended: Promise<number | null>
}

function run(t: Test, args: readonly string[], environment: NodeJS.ProcessEnv = {}): Run {
  const child = spawn(process.execPath, [command, ...args], {
    env: { PATH: process.env.PATH, HOME: t.testdirName, XDG_DATA_HOME: `${t.testdirName}/data`, ...environment }
  })
  t.teardown(() => child.kill('SIGKILL'))
  let output = ''
  let errors = ''
  child.stdout.setEncoding('utf8').on('data', text => (output += text))
  child.stderr.setEncoding('utf8').on('data', text => (errors += text))
  const ended = once(child, 'close').then(([code]) => code as number | null)
  return { child, output: () => output, errors: () => errors, ended }
}

/** Starts an emulator on a free port; answers with what it printed. */
async function started(t: Test, args: readonly string[] = [], environment: NodeJS.ProcessEnv = {}) {
  t.testdir({})
  const running = run(t, ['--port', '0', '--json', ...args], environment)
  await Promise.race([once(running.child.stdout, 'data'), running.ended])
  if (running.output() === '') throw new Error(`it did not start: ${running.errors()}`)
  const line = JSON.parse(running.output()) as Record<string, string | number | null> & { url: string; pid: number }
  return { ...running, line }
}

async function finished(t: Test, args: readonly string[], environment: NodeJS.ProcessEnv = {}) {
  t.testdir({})
  const { ended, output, errors } = run(t, args, environment)
  const code = await ended
  return { code, output: output(), errors: errors() }
}

t.test('the block to copy can be copied', async t => {
  t.testdir({})
  const running = run(t, ['--port', '0'])
  await once(running.child.stdout, 'data')
  const text = running.output()
  for (const part of [
    tenant,
    everything,
    secret,
    `/${tenant}/oauth2/v2.0/token`,
    `/${tenant}/oauth2/token`,
    'Not affiliated with Microsoft'
  ]) {
    t.match(text, part)
  }
  const script = text.slice(text.indexOf('TOKEN=$('))
  const shell = spawn('/bin/sh', ['-c', script])
  let answer = ''
  shell.stdout.setEncoding('utf8').on('data', data => (answer += data))
  await once(shell, 'close')
  t.match(
    JSON.parse(answer).value.find(({ id }: { id: string }) => id === '4540673'),
    { machineMissedOn: 240, cveAddressed: 14 }
  )
  t.equal(running.output(), text, 'and nothing noisy comes after it')
  t.equal(running.errors(), '')
  running.child.kill('SIGINT')
  t.equal(await running.ended, 0)
})

t.test('where there is no legacy Edge the block asks for what there is', async t => {
  t.testdir({})
  const running = run(t, ['--port', '0', '--machines', '20'])
  await once(running.child.stdout, 'data')
  t.match(running.output(), /then the software of your devices:[\s\S]*\/api\/Software\n/)
  t.notMatch(running.output(), 'getmissingkbs')
})

t.test('--json prints one line for machines', async t => {
  const { line, output, errors, child, ended } = await started(t)
  t.same(Object.keys(line), [
    'url',
    'httpsUrl',
    'tenant',
    'clientId',
    'clientSecret',
    'adminToken',
    'caFile',
    'pid',
    'version'
  ])
  t.match(line, {
    url: /^http:\/\/127\.0\.0\.1:\d+$/,
    httpsUrl: /^https:\/\/127\.0\.0\.1:\d+$/,
    tenant,
    clientId: everything,
    clientSecret: secret,
    adminToken: null,
    caFile: /mde-emulator\/ca\.pem$/,
    pid: child.pid
  })
  t.equal(output().split('\n').length, 2)
  child.kill('SIGTERM')
  t.equal(await ended, 0)
  t.equal(errors(), '')
})

t.test('SIGTERM and SIGINT end it in under a second, answers in flight finished', async t => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    const { line, child, ended } = await started(t)
    // A body that is still on its way when the signal comes.
    const payload = form({
      grant_type: 'client_credentials',
      client_id: everything,
      client_secret: secret,
      scope: `${resource}/.default`
    })
    const { port } = new URL(line.url)
    const { connect } = await import('node:net')
    const socket = connect(Number(port), '127.0.0.1')
    let answer = ''
    socket.setEncoding('utf8').on('data', data => (answer += data))
    await once(socket, 'connect')
    socket.write(
      `POST /${tenant}/oauth2/v2.0/token HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${payload.length}\r\n\r\n${payload.slice(0, 20)}`
    )
    // An idle connection must not keep it.
    const idle = connect(Number(port), '127.0.0.1')
    idle.on('error', () => undefined)
    await once(idle, 'connect')
    await new Promise(resolve => setTimeout(resolve, 100))
    const asked = Date.now()
    child.kill(signal)
    await new Promise(resolve => setTimeout(resolve, 100))
    socket.write(payload.slice(20))
    t.equal(await ended, 0, signal)
    t.ok(Date.now() - asked < 1_500, `${signal}: ${Date.now() - asked} ms`)
    t.match(answer, /^HTTP\/1\.1 200 OK[\s\S]*access_token/, `${signal}: the answer in flight was finished`)
  }
})

t.test('a client that never finishes is cut', async t => {
  const { line, child, ended } = await started(t)
  const { connect } = await import('node:net')
  const socket = connect(Number(new URL(line.url).port), '127.0.0.1')
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  socket.write('GET /api/Software HTTP/1.1\r\nHost: loc')
  await new Promise(resolve => setTimeout(resolve, 50))
  const asked = Date.now()
  child.kill('SIGTERM')
  t.equal(await ended, 0)
  t.ok(Date.now() - asked < 2_000, `${Date.now() - asked} ms`)
})

t.test('it ends before it is ready, too', async t => {
  t.testdir({})
  const { child, ended, output } = run(t, ['--port', '0', '--json', '--machines', '1000000'])
  // The command has set its handlers by then, and a million devices take longer.
  await new Promise(resolve => setTimeout(resolve, 300))
  const asked = Date.now()
  child.kill('SIGTERM')
  // Null: on a slow machine the signal comes before there is a handler, and ends the process by itself.
  t.ok([0, null].includes(await ended))
  // Seconds, not the minute that an answer in flight might take: the machine may be busy with other tests.
  t.ok(Date.now() - asked < 10_000, `${Date.now() - asked} ms`)
  t.comment(output() === '' ? 'before it was ready' : 'it was ready already')
})

t.test('whatever cannot run says so in one sentence, without a stack', async t => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const { port } = server.address() as { port: number }
  for (const [args, environment, code, message] of [
    [
      ['--port', String(port)],
      {},
      1,
      `mde-emulator: port ${port} is in use: stop what listens there, or choose another with --port (0 picks a free one)\n`
    ],
    [
      ['--host', '203.0.113.7', '--port', '0'],
      {},
      1,
      /^mde-emulator: 203\.0\.113\.7 is no address of this machine: choose another with --host\n$/
    ],
    [['--fixtures', 'none.json'], {}, 1, 'mde-emulator: fixture file none.json: there is no such file\n'],
    [['--config', 'none.json'], {}, 1, 'mde-emulator: config file none.json cannot be read (ENOENT)\n'],
    [
      ['--data-dir', '/dev/null/x'],
      {},
      1,
      /^mde-emulator: the data folder \/dev\/null\/x cannot be used \(ENOTDIR\): name one that can be written with --data-dir\n$/
    ],
    [['--sede', '1'], {}, 2, 'mde-emulator: unknown flag --sede; did you mean --seed?\n'],
    [['strat'], {}, 2, 'mde-emulator: unknown command "strat"; did you mean start?; --help lists them\n'],
    [
      [],
      { MDE_EMULATOR_SEDE: '1' },
      2,
      'mde-emulator: unknown variable MDE_EMULATOR_SEDE; did you mean MDE_EMULATOR_SEED?\n'
    ],
    [['--port', 'x'], {}, 2, 'mde-emulator: --port is "x"; it must be a whole number from 0 to 65535\n']
  ] as const) {
    const ended = await finished(t, args, environment)
    t.equal(ended.code, code, args.join(' '))
    t.match(ended.errors, message)
    t.equal(ended.errors.trim().split('\n').length, 1, 'one line')
    t.equal(ended.output, '')
  }
})

t.test('help and version', async t => {
  const help = await finished(t, ['--help'])
  t.equal(help.code, 0)
  t.match(help.output, /Usage: mde-emulator/)
  for (const name of ['start', 'token', 'check', 'openapi', 'healthcheck']) t.match(help.output, name)
  t.match((await finished(t, ['--version'])).output, /^\d+\.\d+\.\d+\n$/)
})

t.test('token, check and healthcheck ask the running emulator', async t => {
  const { line } = await started(t, ['--machines', '30'])
  const ask = (...args: string[]) => finished(t, [...args, '--url', line.url])
  const good = await ask('token')
  t.equal(good.code, 0)
  const answer = await fetch(`${line.url}/api/Software`, { headers: { authorization: `Bearer ${good.output.trim()}` } })
  t.equal(answer.status, 200)
  const bad = await ask('token', '--role', 'A.Read', '--role', 'B.Read', '--expires-in=-60', '--alg', 'none', '--json')
  t.match(JSON.parse(bad.output).claims, { roles: ['A.Read', 'B.Read'] })
  t.match((await ask('token', '--alg', 'XX')).errors, /refuses \(400\): body, at \/alg/)
  t.match(await ask('token', '--expires-in', 'soon'), { code: 2, errors: /--expires-in is "soon"/ })
  t.match(await ask('check'), { code: 0, output: /^\d+ equations hold\n$/ })
  t.match(await ask('healthcheck'), { code: 0, output: '', errors: '' })
})

t.test('and say so when none answers', async t => {
  for (const name of ['token', 'check', 'healthcheck']) {
    t.match(await finished(t, [name, '--url', 'http://127.0.0.1:9']), {
      code: 1,
      errors:
        /^mde-emulator: no emulator answers at http:\/\/127\.0\.0\.1:9; start one with "mde-emulator", or say where it is with --url\n$/
    })
  }
})

t.test('commands obey the environment: the port, and the admin token', async t => {
  const environment = { MDE_EMULATOR_ADMIN_TOKEN: 'let-me-in-please' }
  const { line } = await started(t, ['--machines', '30'], environment)
  t.equal(line.adminToken, 'let-me-in-please')
  const { port } = new URL(line.url)
  t.match(await finished(t, ['check'], { ...environment, MDE_EMULATOR_PORT: port }), { code: 0 })
  t.match(await finished(t, ['check'], { MDE_EMULATOR_PORT: port }), {
    code: 1,
    errors: /refuses \(401\): send Authorization: Bearer <admin token>/
  })
})

t.test('secrets and tokens never reach a log', async t => {
  const { line, errors, output, child, ended } = await started(t, ['--log-level', 'debug'])
  const body = form({
    grant_type: 'client_credentials',
    client_id: everything,
    client_secret: secret,
    scope: `${resource}/.default`
  })
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  const token = await fetch(`${line.url}/${tenant}/oauth2/v2.0/token?client_secret=${secret}`, {
    method: 'POST',
    body,
    headers
  })
  const { access_token } = (await token.json()) as { access_token: string }
  const authorization = `Bearer ${access_token}`
  await fetch(`${line.url}/api/machines/${documentedDevice}?client_secret=${secret}&$top=x`, {
    headers: { authorization }
  })
  await fetch(`${line.url}/api/Software`, { headers: { authorization: `${authorization}x` } })
  await fetch(`${line.url}/${tenant}/oauth2/token`, {
    method: 'POST',
    body: body.replace(secret, 'wrong-secret-value'),
    headers
  })
  await fetch(`${line.url}/_emulator/tokens`, { method: 'POST' })
  child.kill('SIGTERM')
  await ended
  t.match(errors(), /"path":"\/api\/Software","status":401/, 'there is a log')
  for (const private_ of [
    secret,
    encodeURIComponent(secret),
    access_token,
    access_token.split('.')[2]!,
    'wrong-secret-value',
    'client_secret'
  ]) {
    t.notOk(errors().includes(private_), 'it does not hold what is private')
  }
  t.equal(output().split('\n').length, 2)
})

t.test('warnings are printed, once', async t => {
  const off = await started(t, ['--auth', 'off'])
  t.match(off.errors() || (await once(off.child.stderr, 'data'))[0], /^mde-emulator: Authorization is OFF/)
  const memory = await started(t, [], { XDG_DATA_HOME: '/dev/null' })
  t.match(memory.errors() || (await once(memory.child.stderr, 'data'))[0], /Keys are kept in memory only/)
})

t.test('--on-unhandled: what nothing serves is said, and ends it', async t => {
  const warned = await started(t, ['--machines', '1', '--on-unhandled', 'warn'])
  await fetch(`${warned.line.url}/${tenant}/oauth2/v2.0/tokens`)
  await fetch(`${warned.line.url}/api/machines`)
  warned.child.kill('SIGTERM')
  t.equal(await warned.ended, 0)
  t.equal(
    warned.errors(),
    `mde-emulator: nothing serves GET /${tenant}/oauth2/v2.0/tokens, it answered 404; nearest is POST /{tenant}/oauth2/v2.0/token\n`
  )

  const { line, ended, errors } = await started(t, ['--machines', '1', '--on-unhandled', 'exit'])
  await fetch(`${line.url}/wp-login.php`)
  t.equal(await ended, 1)
  t.equal(errors(), 'mde-emulator: nothing serves GET /wp-login.php, it answered 404\n')
  const both = await finished(t, ['--on-unhandled', 'warn', '--journal', '0'])
  t.equal(both.code, 2)
  t.match(both.errors, /contradict/)
})

t.test('kill -9 leaves nothing that hinders the next start', async t => {
  const folder = t.testdir({})
  for (const delay of [0, 40, 80, 120, 200]) {
    const { child, ended } = run(t, ['--port', '0', '--json', '--data-dir', folder])
    await new Promise(resolve => setTimeout(resolve, delay))
    child.kill('SIGKILL')
    await ended
  }
  const { child, output, ended } = run(t, ['--port', '0', '--json', '--data-dir', folder])
  await once(child.stdout, 'data')
  t.match(JSON.parse(output()), { pid: child.pid })
  child.kill('SIGTERM')
  t.equal(await ended, 0)
})

t.test('a full disk: a default folder is done without, one that was asked for is not', async t => {
  if (process.platform === 'win32') {
    t.comment('skipped: Windows has no limit on the size of files')
    return
  }
  const folder = t.testdir({ asked: {}, data: {} })
  const limited = (...args: string[]) =>
    spawn(
      'bash',
      [
        '--norc',
        '-c',
        // tap has every Node that is started write a file of its own.
        `unset NODE_OPTIONS; trap '' XFSZ; ulimit -f 0; exec "$@"`,
        '-',
        process.execPath,
        command,
        '--port',
        '0',
        '--json',
        ...args
      ],
      {
        env: { PATH: process.env.PATH, XDG_DATA_HOME: `${folder}/data` }
      }
    )
  const without = limited()
  t.teardown(() => without.kill('SIGKILL'))
  const [warning] = await once(without.stderr.setEncoding('utf8'), 'data')
  t.match(warning, /Keys are kept in memory only, since .* cannot be written \(EFBIG\)/)
  without.kill('SIGTERM')
  const asked = limited('--data-dir', `${folder}/asked`)
  let errors = ''
  asked.stderr.setEncoding('utf8').on('data', text => (errors += text))
  t.equal((await once(asked, 'close'))[0], 1)
  t.match(
    errors,
    /^mde-emulator: no signing key can be kept in .*asked \(EFBIG\); name a folder that can be written\n$/
  )
  t.same(readdirSync(`${folder}/asked`), [], 'and nothing is left behind')
})

t.test('openapi prints the documents', async t => {
  const api = JSON.parse((await finished(t, ['openapi'])).output)
  t.match(api, {
    openapi: '3.1.0',
    paths: { '/api/Software/{Id}/getmissingkbs': { get: { operationId: 'getMissingKbsBySoftware' } } }
  })
  const control = JSON.parse((await finished(t, ['openapi', '--control'])).output)
  t.ok(control.paths['/_emulator/reset'])
})

t.test('scenarios lists what there is, without an emulator', async t => {
  const { code, output, errors } = await finished(t, ['scenarios'])
  t.match([code, errors], [0, ''])
  t.match(output, /^typical: 500 devices, 6,547 missing KBs in all, exposure score 18\.9, 2026-06-30\n {2}A company/)
  t.match(output, /^one-machine: 1 device, /m)
  t.match(output, /^learn: no world\n/m)
  for (const line of output.split('\n')) t.ok(line.length <= 102, line)
  const list = JSON.parse((await finished(t, ['scenarios', '--json'])).output)
  t.match(list.value.at(1), { name: 'healthy', machines: 500, measured: { machines: 500 } })
  t.match(await finished(t, ['scenarios', 'typical']), { code: 2, errors: /"typical" was not expected/ })
})
