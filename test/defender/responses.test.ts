import { randomUUID } from 'node:crypto'
import { Ajv } from 'ajv'
import t from 'tap'
import { endpoints } from '../../src/defender/endpoints/index.js'
import { mutationNames, mutations } from '../../src/defender/mutations.js'
import type { Emulator, EmulatorSettings } from '../../src/index.js'
import { documentedDevice, emulated, everything, get, rows, tenant } from '../emulator.js'

const host = 'localhost'
const settings: EmulatorSettings = { machines: 310, time: '2026-06-30T12:00:00Z', frozen: true }

/** Every operation that has rows, or one object, with good arguments. */
async function calls(emulator: Emulator): Promise<{ url: string; schema: object; single: boolean }[]> {
  const cve = (await rows(emulator, '/api/vulnerabilities?$top=1'))[0].id
  const recommendation = (await rows(emulator, '/api/recommendations?$top=1'))[0].id
  const { id: machineId, lastIpAddress: ip } = (await rows(emulator, '/api/machines?$top=1'))[0]
  const known: Record<string, string> = {
    Id: (await rows(emulator, '/api/Software?$top=1'))[0].id,
    machineId,
    cveId: cve,
    id: recommendation
  }
  return endpoints.map(({ path, of, kind, parameters, doc }) => {
    const filled = path
      .replace(/:(\w+)/g, (_, name: string) => known[name] ?? '')
      .replace(/\(.*\)/, doc.includes('ip') ? `(ip='${ip}',timestamp=2026-06-30T12:00:00Z)` : '')
    const query = parameters && 'sinceTime' in parameters ? '?sinceTime=2026-06-29T12:00:00Z' : ''
    return { url: `/api${filled}${query}`, schema: of, single: kind === 'single' }
  })
}

/** A collection, page by page. */
async function whole(emulator: Emulator, url: string) {
  const value: object[] = []
  const done = new Set<string>()
  let pages = 0
  for (let next: string | undefined = url; next !== undefined; pages++) {
    const response = await get(emulator, next)
    if (response.statusCode !== 200) return { status: response.statusCode, value, done, pages, first: {} }
    const body = response.json()
    for (const name of String(response.headers['x-emulator-responses'] ?? '').split(/[;,] /)) done.add(name)
    value.push(...(body.value ?? [body]))
    next = body['@odata.nextLink']?.replace(/^http:\/\/[^/]+/, '')
    if (pages > 1_000) throw new Error(`${url} does not end`)
  }
  return { status: 200, value, done, pages }
}

t.test('every answer is one that the contract permits, and no row is lost', async t => {
  const few = { ...settings, machines: 8 }
  const usual = await emulated(t, few)
  const done = { sparse: new Set<string>(), 'legal-worst': new Set<string>() }
  const ajv = new Ajv({ strict: false, validateFormats: false })
  const all = (await calls(usual)).filter(({ url }) => !/[:()]|\/$/.test(url.split('?')[0]!))
  t.ok(all.length >= 25, `${all.length} operations`)
  for (const responses of ['sparse', 'legal-worst'] as const) {
    const emulator = await emulated(t, { ...few, responses })
    for (const { url, schema } of all) {
      const truth = await whole(usual, url)
      const seen = await whole(emulator, url)
      for (const name of seen.done) done[responses].add(name)
      t.equal(seen.status, truth.status, url)
      if (!seen.done.has('empty-value')) t.equal(seen.value.length, truth.value.length, `${responses} ${url}: all rows`)
      const validate = ajv.compile({ ...schema, $id: undefined })
      const wrong = seen.value.find(row => !validate(row))
      t.notOk(
        wrong && `${ajv.errorsText(validate.errors)}: ${JSON.stringify(wrong).slice(0, 500)}`,
        `${url} is of its type`
      )
    }
  }
  for (const name of mutationNames) {
    for (const mode of mutations[name].modes) t.ok(done[mode].has(name), `${mode} does ${name}`)
  }
})

t.test('ids that lead on stay; options see the values before', async t => {
  const [usual, worst] = [await emulated(t, settings), await emulated(t, { ...settings, responses: 'legal-worst' })]
  const url = `/api/machines/${documentedDevice}/vulnerabilities?$skip=0`
  t.same(
    (await rows(worst, url)).map(({ id }) => id),
    (await rows(usual, url)).map(({ id }) => id)
  )
  const asked = "/api/machines?$filter=healthStatus+eq+'Active'&$orderby=id&$top=5"
  t.same(
    (await rows(worst, asked)).map(({ id }) => id),
    (await rows(usual, asked)).map(({ id }) => id)
  )
})

t.test('the first page is empty and leads on; the context comes first; the same every time', async t => {
  const emulator = await emulated(t, { ...settings, responses: 'legal-worst' })
  const first = await get(emulator, '/api/Software?$count=true')
  const { value, '@odata.nextLink': link, '@odata.count': count } = first.json()
  t.same(value, [])
  t.match(link, /\/api\/Software\?\$count=true&\$skip=0$/)
  const second = await get(emulator, link.replace(/^http:\/\/[^/]+/, ''))
  t.equal(second.json().value.length, count)
  t.ok(second.body.startsWith('{"@odata.context":'))
  t.match(second.headers['x-emulator-responses'], /^legal-worst; .*member-order/)
  const again = await emulated(t, { ...settings, responses: 'legal-worst' })
  t.equal((await get(again, link.replace(/^http:\/\/[^/]+/, ''))).body, second.body)
  const machine = await get(emulator, `/api/machines/${documentedDevice}`)
  t.ok(machine.body.startsWith('{"@odata.context":'))
  t.equal(machine.json().id, documentedDevice)
})

t.test('sparse: whatever may be null is', async t => {
  const emulator = await emulated(t, { ...settings, responses: 'sparse' })
  const [kb] = await rows(emulator, '/api/Software/microsoft-_-edge/getmissingkbs?$filter=id+eq+%274540673%27')
  t.same(kb, {
    id: '4540673',
    name: null,
    osBuild: null,
    productsNames: [],
    url: null,
    machineMissedOn: 240,
    cveAddressed: 14
  })
})

t.test('per tenant, over HTTP, kept and reset', async t => {
  const emulator = await emulated(t, { machines: 3 })
  const other = randomUUID()
  const pull = (method: string, url: string, payload?: object) =>
    emulator.inject({ method, url: `/_emulator${url}`, headers: { host }, ...(payload && { payload }) })
  const header = async (of: string) => {
    const { access_token } = await emulator.control.mint({ tenant: of, clientId: everything })
    const { headers } = await emulator.inject({
      url: '/api/machines',
      headers: { host, authorization: `Bearer ${access_token}` }
    })
    return headers['x-emulator-responses']
  }
  t.same((await pull('PUT', `/responses?tenant=${other}`, { mode: 'sparse' })).json(), { mode: 'sparse' })
  t.match(await header(other), /^sparse; .*nulls/)
  t.equal(await header(tenant), undefined)
  const { mode, mutations: rows } = (await pull('GET', `/responses?tenant=${other}`)).json()
  t.same([mode, rows.length], ['sparse', mutationNames.length])
  t.equal((await pull('GET', '/responses')).json().mode, 'usual')
  emulator.control.snapshots.take('sparse')
  emulator.control.reset(undefined, { keep: ['responses'] })
  t.equal(emulator.control.responses.get(other), 'sparse')
  emulator.control.reset()
  t.equal(emulator.control.responses.get(other), 'usual')
  emulator.control.snapshots.restore('sparse')
  t.equal(emulator.control.responses.get(other), 'sparse')
  const refused = await pull('PUT', '/responses', { mode: 'worst' })
  t.equal(refused.statusCode, 400)
  t.throws(() => emulator.control.responses.set('spars' as 'sparse'), /did you mean sparse\?/)
  const exported = emulator.control.snapshots.export('sparse')
  exported.tenants[other]!.kept.responses = 'no'
  await t.rejects(emulator.control.snapshots.import('worse', exported), /its responses: one of/)
})
