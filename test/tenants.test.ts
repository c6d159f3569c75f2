import { randomUUID } from 'node:crypto'
import t from 'tap'
import { operations } from '../src/control/operations/index.js'
import type { Emulator } from '../src/index.js'
import { emulated, everything, form, get, secret, tenant } from './emulator.js'

const scope = 'https://api.securitycenter.microsoft.com/.default'
const small = { machines: 310 }

/** Signs in to a tenant as the well-known app, and asks. */
async function ask(emulator: Emulator, id: string, url: string) {
  const answer = await emulator.inject({
    method: 'POST',
    url: `/${id}/oauth2/v2.0/token`,
    payload: form({ grant_type: 'client_credentials', client_id: everything, client_secret: secret, scope })
  })
  const { access_token } = answer.json()
  return (await emulator.inject({ url, headers: { authorization: `Bearer ${access_token}` } })).json()
}

t.test('any id is a tenant with a world of its own', async t => {
  const emulator = await emulated(t, small)
  const [one, other] = [randomUUID(), randomUUID()]
  const machines = async (id: string) => (await ask(emulator, id, '/api/machines?$top=300')).value
  const [first, second] = [await machines(one), await machines(other)]
  t.equal(first.length, 300)
  const ids = (list: { id: string }[]) => new Set(list.map(({ id }) => id))
  const shared = [...ids(first)].filter(id => ids(second).has(id))
  t.ok(shared.length <= 1, 'they share the documented device at most')
  t.same(
    (await machines(one.toUpperCase())).map(({ id }: { id: string }) => id),
    [...ids(first)],
    'the same again, in any letter case'
  )
  const again = await emulated(t, small)
  t.same(
    (await ask(again, one, '/api/machines?$top=300&$select=id')).value.map(({ id }: { id: string }) => id),
    [...ids(first)],
    'and elsewhere'
  )

  const path = '/api/Software/microsoft-_-edge/getmissingkbs?$filter=id+eq+%274540673%27'
  emulator.control.installUpdate('2339ad14a01bd0299afb93dfa2550136057bff96', '4540673', one)
  t.equal((await ask(emulator, one, path)).value[0].machineMissedOn, 239)
  t.equal((await ask(emulator, other, path)).value[0].machineMissedOn, 240)
  t.equal((await get(emulator, path)).json().value[0].machineMissedOn, 240)
  t.same((await emulator.control.invariants(one)).violations, [])
  t.match(emulator.control.tenants().value, [
    { id: tenant, changes: false },
    ...[one, other].sort().map(id => ({ id, machines: 310, changes: id === one }))
  ])
  emulator.control.removeTenant(one)
  t.equal((await ask(emulator, one, path)).value[0].machineMissedOn, 240, 'made anew, as seeded')
})

t.test('--strict-tenants refuses those that nobody described', async t => {
  const emulator = await emulated(t, { ...small, strictTenants: true })
  const unknown = randomUUID()
  const refused = await emulator.inject({
    method: 'POST',
    url: `/${unknown}/oauth2/v2.0/token`,
    payload: form({ grant_type: 'client_credentials', client_id: everything, client_secret: secret, scope })
  })
  t.match([refused.statusCode, refused.json().error_codes], [400, [90002]])
  const open = await emulated(t, small)
  const name = await open.inject({
    method: 'POST',
    url: '/nobody.example.test/oauth2/v2.0/token',
    payload: 'grant_type=x'
  })
  t.same(name.json().error_codes, [90002], 'a domain names a tenant only where somebody said so')
})

t.test('--max-tenants: the one that was not asked for longest goes, changes and all', async t => {
  const emulator = await emulated(t, { ...small, maxTenants: 2 })
  const [a, b] = [randomUUID(), randomUUID()]
  const missed = async (id: string) =>
    (await ask(emulator, id, '/api/Software/microsoft-_-edge/getmissingkbs?$filter=id+eq+%274540673%27')).value[0]
      .machineMissedOn
  emulator.control.installUpdate('2339ad14a01bd0299afb93dfa2550136057bff96', '4540673', a)
  t.equal(await missed(a), 239)
  t.equal(await missed(b), 240, 'the well-known tenant went')
  t.equal(emulator.control.tenants().evicted, 1)
  t.equal(await missed(a), 239, 'used again')
  t.equal(await missed(tenant), 240, 'another one, so that b went')
  t.equal(await missed(a), 239)
  await missed(b)
  t.equal(await missed(tenant), 240)
  t.equal(await missed(a), 240, 'its change went with it')
})

t.test('over HTTP', async t => {
  const emulator = await emulated(t, small)
  const id = randomUUID()
  await ask(emulator, id, '/api/Software')
  const host = { host: 'localhost' }
  const list = async () => (await emulator.inject({ url: '/_emulator/tenants', headers: host })).json()
  t.match(await list(), {
    value: [
      { id: tenant, changes: false },
      { id, machines: 310, changes: false }
    ],
    evicted: 0
  })
  const gone = await emulator.inject({ method: 'DELETE', url: `/_emulator/tenants/${id}`, headers: host })
  t.equal(gone.statusCode, 204)
  t.equal((await list()).value.length, 1)
  t.equal(
    (await emulator.inject({ method: 'DELETE', url: '/_emulator/tenants/nobody', headers: host })).statusCode,
    404
  )
})

t.test('every call of the control plane takes a tenant, which must exist', async t => {
  const emulator = await emulated(t, small)
  const [one, other] = [randomUUID(), randomUUID()]
  const headers = { host: 'localhost' }
  const pull = (method: string, url: string, payload?: object) =>
    emulator.inject({ method, url: `/_emulator${url}`, headers, ...(payload && { payload }) })
  for (const { method, path, operationId } of operations) {
    if (operationId === 'streamRequests') continue
    const url = path.replace(/:\w+/g, 'x')
    const taken = await pull(method, `${url}?tenant=${one}`, {})
    t.notMatch(taken.body, /unknown field "tenant"/, operationId)
    const unknown = await pull(method, `${url}?tenant=nobody`, {})
    t.ok(unknown.statusCode === 400 || unknown.statusCode === 404, `${operationId}: ${unknown.statusCode}`)
  }

  emulator.control.reset()
  emulator.control.snapshots.take('one', one)
  emulator.control.info(other)
  emulator.control.snapshots.take('both')
  const names = async (of: string) =>
    (await pull('GET', `/snapshots?tenant=${of}`)).json().value.map(({ name }: { name: string }) => name)
  t.same([await names(one), await names(other)], [['one', 'both'], ['both']])
  const exported = (await pull('GET', `/snapshots/both?tenant=${other}`)).json()
  t.same(Object.keys(exported.tenants), [other])
  t.equal((await pull('GET', `/snapshots/one?tenant=${other}`)).statusCode, 404)
  t.same((await pull('PUT', `/snapshots/again?tenant=${other}`, emulator.control.snapshots.export('both'))).json(), {
    name: 'again',
    tenants: [other]
  })
  t.equal((await pull('PUT', `/snapshots/again?tenant=${one}`, exported)).statusCode, 404)
  t.same(
    (await pull('GET', `/tenants?tenant=${one}`)).json().value.map(({ id }: { id: string }) => id),
    [one]
  )
  const { claims } = (await pull('POST', `/tokens?tenant=${one}`)).json()
  t.equal(claims.tid, one)
})
