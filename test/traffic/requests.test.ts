import t from 'tap'
import type { Emulator, Expectation, RequestFilter, Unverified } from '../../src/index.js'
import { nearest } from '../../src/traffic/served.js'
import { emulated, everything, get, nothing, softwareOnly, tenant } from '../emulator.js'

const host = 'localhost:6330'
const kbs = '/api/Software/microsoft-_-edge/getmissingkbs'
const other = '12345678-1234-1234-1234-123456789abc'

/** Five requests of two tenants and two applications, a minute apart on the clock. */
async function asked(emulator: Emulator): Promise<void> {
  const call = async (url: string, of: string, clientId: string, more = {}) => {
    const { access_token } = await emulator.control.mint({ tenant: of, clientId })
    await emulator.inject({ url, headers: { host, authorization: `Bearer ${access_token}`, ...more } })
    for (const id of [tenant, other]) emulator.control.clock.advance({ by: 'PT1M' }, id)
  }
  await call(`${kbs}?$top=1`, tenant, everything, { 'user-agent': 'Connector/2' })
  await call('/api/machines?$top=100&$skip=0', other, everything)
  await call('/api/machines', tenant, nothing, { 'x-request-id': 'r-1' })
  await call('/api/machine', tenant, everything)
  await call('/api/v1.0/Software', tenant, softwareOnly)
}

t.test('filters: all of what is given must fit', async t => {
  const emulator = await emulated(t, { machines: 1, time: '2026-06-30T12:00:00Z', frozen: true })
  await asked(emulator)
  const cases: [RequestFilter, number[]][] = [
    [{}, [1, 2, 3, 4, 5]],
    [{ method: 'get' }, [1, 2, 3, 4, 5]],
    [{ method: 'POST' }, []],
    [{ path: '/api/machines' }, [2, 3]],
    [{ path: '/API/MACHINES' }, [2, 3]],
    [{ path: '/api/Software/*/getmissingkbs' }, [1]],
    [{ path: '/api/*' }, [2, 3, 4, 5]],
    [{ path: '/api/**' }, [1, 2, 3, 4, 5]],
    [{ path: '/api/Software' }, [5]],
    [{ path: '/api/machine?' }, []],
    [{ operation: 'get-machines' }, [2, 3]],
    [{ status: 200 }, [2, 5]],
    [{ status: '200' }, [2, 5]],
    [{ status: '4xx' }, [1, 3, 4]],
    [{ status: '4XX', tenant }, [1, 3, 4]],
    [{ tenant: other }, [2]],
    [{ tenant: 'contoso.onmicrosoft.com' }, [1, 3, 4, 5]],
    [{ application: nothing }, [3]],
    [{ application: everything.toUpperCase() }, [1, 2, 4]],
    [{ userAgent: 'connector' }, [1]],
    [{ correlationId: 'R-1' }, [3]],
    [{ unhandled: true }, [4]],
    [{ query: '$top' }, [1, 2]],
    [{ query: '$top=100' }, [2]],
    [{ query: '%24TOP=100&$skip' }, [2]],
    [{ query: '$filter' }, []],
    [{ since: '2026-06-30T12:02:00Z' }, [3, 4, 5]],
    [{ until: '2026-06-30T12:01:00Z' }, [1]],
    [{ since: '2026-06-30T12:01:00Z', until: '2026-06-30T12:03:00Z', status: 200 }, [2]],
    [{ fault: 'none' }, []]
  ]
  const { requests } = emulator.control
  for (const [filter, ids] of cases) {
    t.same(
      requests.list({ ...filter, order: 'oldest' }).map(({ id }) => id),
      ids,
      JSON.stringify(filter)
    )
    t.equal(requests.count(filter), ids.length)
  }
  const refused: [object, RegExp][] = [
    [{ pth: '/' }, /unknown field "pth"; did you mean path\?/],
    [{ status: 99 }, /status is 99; it must be a status such as 404, or 4xx/],
    [{ status: true }, /status is true; it must be a integer or string/],
    [{ since: 'yesterday' }, /instant in ISO 8601/],
    [{ operation: 'get-machine' }, /did you mean get-machines\?/],
    [{ tenant: 'nobody' }, /Tenant nobody was not found/],
    [{ limit: 0 }, /limit is 0/],
    [{ order: 'any' }, /newest or oldest/]
  ]
  for (const [filter, message] of refused) t.throws(() => requests.list(filter), { message })
})

t.test('over HTTP', async t => {
  const emulator = await emulated(t, { machines: 1, time: '2026-06-30T12:00:00Z', frozen: true })
  await asked(emulator)
  const pull = (url: string, method = 'GET') =>
    emulator.inject({ method, url: `/_emulator/requests${url}`, headers: { host } })
  const body = (await pull('?limit=1&status=4xx')).json()
  t.match(body, { value: [{ id: 4, status: 404 }], count: 3, dropped: 0, notes: [] })
  t.same(
    (await pull(`?tenant=${other}`)).json().value.map(({ id }: { id: number }) => id),
    [2]
  )
  t.same((await pull('/count?operation=get-machines&unhandled=false')).json(), { count: 2, dropped: 0 })
  for (const bad of ['?status=9', '?limit=0', '?order=x', '?until=now', '?unhandled=2', '?paht=1', '?tenant=nobody']) {
    const { statusCode, body } = await pull(bad)
    t.ok(statusCode === 400 || statusCode === 404, `${bad}: ${statusCode} ${body}`)
  }
  t.equal((await pull(`?tenant=${other}`, 'DELETE')).statusCode, 204)
  t.equal((await pull('/count')).json().count, 4)
  t.equal((await pull('', 'DELETE')).statusCode, 204)
  t.equal((await pull('/count')).json().count, 0)
})

t.test('expectations that hold, and differences that can be read', async t => {
  const emulator = await emulated(t, { machines: 1, time: '2026-06-30T12:00:00Z', frozen: true })
  const { requests } = emulator.control
  t.throws(() => requests.verify([{ request: {} }]), { message: /nothing was asked at all/ })
  await asked(emulator)
  const holding: Expectation[] = [
    { request: { operation: 'get-machines' } },
    { request: { operation: 'get-machines' }, times: 2 },
    { request: { operation: 'get-machines', status: 200 }, times: { atMost: 1 } },
    { request: { path: '/api/**' }, times: { atLeast: 3, atMost: 5 } },
    { request: { method: 'DELETE' }, times: 'never' },
    { request: { method: 'DELETE' }, times: 0 }
  ]
  t.same(
    requests.verify(holding).map(({ found }) => found),
    [2, 2, 1, 5, 0, 0]
  )
  const failing: [Expectation, RegExp][] = [
    [{ request: { operation: 'get-machines' }, times: 3 }, /get-machines, exactly 3 times; found 2/],
    [{ request: { status: '4xx' }, times: 'never' }, /never; found 3[\s\S]*#3 GET \/api\/machines answered 403/],
    [{ request: { operation: 'get-machines' }, times: { atMost: 1 } }, /at most once; found 2/],
    [{ request: { path: '/api/machines', query: '$top=50' } }, /query is \$top=100&\$skip=0, expected \$top=50/],
    [
      { request: { operation: 'get-machines', status: 500 } },
      /status is 200, expected 500|status is 403, expected 500/
    ],
    [{ request: { path: '/api/vulnerabilities' } }, /at least once; found 0/]
  ]
  for (const [expectation, message] of failing) {
    t.throws(() => requests.verify([expectation]), { name: 'Unverified', message }, JSON.stringify(expectation))
  }
  try {
    requests.verify([holding[0]!, failing[0]![0], failing[3]![0]])
  } catch (error) {
    const { headline, differences } = error as Unverified
    t.match(headline, /^2 of 3 expectations do not hold; the first: get-machines, exactly 3 times; found 2\.$/)
    t.match(differences, [
      {
        expectation: 2,
        found: 2,
        fitting: [/^#2 /, /^#3 /],
        nearest: [{ differs: ['operation is not known, expected get-machines'] }]
      },
      { expectation: 3, found: 0, fitting: [], nearest: [{ request: /^#2 /, differs: [/expected \$top=50/] }] }
    ])
  }
  const inOrder = [{ request: { operation: 'get-machines' } }, { request: { operation: 'get-missing-kbs-software' } }]
  t.same(requests.verify([...inOrder].reverse(), { inOrder: true }).length, 2)
  t.throws(() => requests.verify(inOrder, { inOrder: true }), { message: /in order, only 0 of 1 came after #2/ })
  for (const bad of [
    [],
    [{}],
    [{ request: {}, times: -1 }],
    [{ request: {}, times: { atLeast: 2, atMost: 1 } }],
    [{ request: {}, times: {} }],
    [{ request: {}, often: 1 }],
    [{ request: { pth: 'x' } }]
  ]) {
    t.throws(() => requests.verify(bad as Expectation[]), { name: 'InvalidRequest' }, JSON.stringify(bad))
  }
})

t.test('what has left the journal is not guessed at', async t => {
  const emulator = await emulated(t, { machines: 1, journal: 2 })
  const { requests } = emulator.control
  for (const url of ['/api/Software', '/api/machines', '/api/machines']) await get(emulator, url)
  const gone = /1 older requests have left the journal, which keeps 2/
  t.throws(() => requests.verify([{ request: { operation: 'get-software' }, times: 'never' }]), { message: gone })
  t.throws(() => requests.verify([{ request: { operation: 'get-machines' }, times: 2 }]), { message: gone })
  t.equal(requests.verify([{ request: { operation: 'get-machines' } }])[0]?.found, 2, 'one is enough')
})

t.test('verified over HTTP: 409 with a difference', async t => {
  const emulator = await emulated(t, { machines: 1 })
  await get(emulator, '/api/Software?$top=1')
  const verify = (payload: object, query = '') =>
    emulator.inject({ method: 'POST', url: `/_emulator/requests/verify${query}`, headers: { host }, payload })
  const good = await verify([{ request: { operation: 'get-software' }, times: 1 }])
  t.same([good.statusCode, good.json().value[0].found], [200, 1])
  const bad = await verify([{ request: { operation: 'get-software', query: '$top=2' } }])
  t.equal(bad.statusCode, 409)
  t.match(bad.json(), {
    error: { code: 'Unverified', message: /^The expectation does not hold: get-software with / },
    differences: [{ expectation: 1, found: 0, nearest: [{ differs: ['query is $top=1, expected $top=2'] }] }]
  })
  t.match(bad.headers['x-emulator-reason'], /does not hold/)
  t.match(bad.body, /\n {2}"differences"/, 'for a person to read')
  t.equal((await verify([{ request: {} }], `?tenant=${other}`)).statusCode, 409, 'of that tenant')
  t.equal((await verify([])).statusCode, 400)
  t.equal((await verify([{ request: { status: 'x' } }])).statusCode, 400)
})

t.test('what was probably meant', async t => {
  const cases: [method: string, path: string, meant: string | undefined][] = [
    ['GET', '/api/machine', 'GET /api/machines'],
    ['GET', '/api/softwares', 'GET /api/Software'],
    ['GET', '/machines', 'GET /api/machines'],
    ['GET', '/api/v1/machines', 'GET /api/machines'],
    ['POST', '/api/machines', 'GET /api/machines'],
    ['GET', '/api/Software/x/getmissingkb', 'GET /api/Software/{Id}/getmissingkbs'],
    ['GET', '/api/Software/x/missingkbs', 'GET /api/Software/{Id}/getmissingkbs'],
    ['GET', '/api/machines/x/getmissingKBs/', 'GET /api/machines/{machineId}/getmissingkbs'],
    ['GET', '/api/vulnerability/CVE-2026-1', 'GET /api/vulnerabilities/{cveId}'],
    ['POST', `/${tenant}/oauth2/v2/token`, 'POST /{tenant}/oauth2/v2.0/token'],
    ['GET', `/${tenant}/oauth2/v2.0/token`, 'POST /{tenant}/oauth2/v2.0/token'],
    ['GET', '/api/alerts', undefined],
    ['GET', '/wp-login.php', undefined],
    ['GET', `/${'x/'.repeat(2000)}`, undefined]
  ]
  for (const [method, path, meant] of cases) t.equal(nearest(method, path), meant, `${method} ${path.slice(0, 60)}`)
})
