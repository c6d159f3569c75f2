import { gunzipSync, inflateSync } from 'node:zlib'
import { Ajv } from 'ajv'
import t from 'tap'
import type { Endpoint } from '../../src/defender/endpoint.js'
import { endpoints } from '../../src/defender/endpoints/index.js'
import { isUnserved } from '../../src/defender/operations.js'
import { documentedDevice, emulated, get, rows } from '../emulator.js'

const jsonType = 'application/json; odata.metadata=minimal; odata.streaming=true; charset=utf-8'
const examples: Record<string, string> = {
  Id: 'microsoft-_-edge',
  machineId: documentedDevice,
  cveId: 'CVE-2020-0768',
  recommendationId: 'va-_-microsoft-_-edge'
}
const queries: Record<string, string> = {
  findMachinesByTag: '?tag=Finance',
  exportSoftwareInventoryByMachine: '?pageSize=50',
  exportSoftwareVulnerabilitiesByMachine: '?pageSize=50',
  exportSoftwareVulnerabilityChangesByMachine: '?sinceTime=2026-06-20T00:00:00Z&pageSize=50'
}
const concrete = ({ path, call, operationId }: Endpoint, more: Record<string, string>) =>
  `/api${(call?.path ?? path).replace(/:(\w+)|\{(\w+)\}/g, (_, a, b) => ({ ...examples, ...more })[a ?? b]!)}${queries[operationId] ?? ''}`

t.test('every page that is served', async t => {
  const emulator = await emulated(t, { time: '2026-06-30T12:00:00Z', frozen: true, machines: 320 })
  const [device] = await rows(emulator, '/api/machines')
  const more = { ip: device.lastIpAddress, timestamp: device.lastSeen }
  const document = (await emulator.document('api')) as { paths: Record<string, { get?: Record<string, never> }> }
  for (const endpoint of endpoints) {
    t.test(endpoint.operationId, async t => {
      const url = concrete(endpoint, more)
      t.equal((await emulator.inject({ url })).statusCode, 401, 'without a token 401')
      const forbidden = await get(emulator, url, 'Nothing.Read.All')
      t.equal(forbidden.statusCode, 403)
      t.match(
        forbidden.json().error.message,
        `API required roles: ${endpoint.permissions.application.join(',')}, application roles: Nothing.Read.All.`
      )
      for (const role of endpoint.permissions.application)
        t.equal((await get(emulator, url, role)).statusCode, 200, role)

      const answer = await get(emulator, url)
      const body = answer.json()
      t.match(answer.headers, { 'content-type': jsonType, 'odata-version': '4.0', vary: 'Accept-Encoding' })
      t.equal(body['@odata.context'], `http://localhost:6330/api/$metadata#${endpoint.context('observed')}`)
      const conforms = new Ajv({
        strict: false,
        formats: { int32: true, int64: true, float: true, double: true, 'date-time': true, uuid: true }
      }).compile(endpoint.of)
      const order = Object.keys(endpoint.of.properties)
      const { '@odata.context': _, ...alone } = body
      const shown = endpoint.kind === 'single' ? [alone] : body.value
      const type = endpoint.kind === 'single' ? undefined : endpoint.rowType
      for (const { '@odata.type': annotated, ...row } of shown) {
        if (!conforms(row)) t.fail(JSON.stringify([row, conforms.errors]))
        if (annotated !== type) t.equal(annotated, type)
        if (Object.keys(row).join() !== order.join()) t.same(Object.keys(row), order)
      }
      t.ok(shown.length > 0, `${shown.length} rows conform, their properties in the order of the model, none missing`)

      const path = `/api${(endpoint.call?.path ?? endpoint.path).replace(/:(\w+)/g, '{$1}')}`
      const operation = document.paths[path]?.get
      t.match(
        operation,
        { operationId: endpoint.operationId, 'x-fidelity': Array, summary: String, description: String },
        `${path} is documented`
      )
      t.ok(
        endpoint.evidence.every(({ what, level, source }) => what && level && source),
        'and says how sure we are'
      )

      for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS']) {
        const refused = await emulator.inject({ method, url, headers: await emulator.headers() })
        t.equal(refused.statusCode, 405, method)
        t.equal(refused.headers.allow, 'GET', method)
        t.equal((await emulator.inject({ method, url })).statusCode, 401, `${method} without a token`)
      }
    })
  }
})

t.test('GET with headers and a body that clients send without need', async t => {
  const emulator = await emulated(t)
  const headers = {
    ...(await emulator.headers()),
    accept:
      'application/json;odata.metadata=minimal;q=1.0,application/json;odata=minimalmetadata;q=0.9,application/xml;q=0.7,text/plain;q=0.7',
    'content-type': 'application/json',
    maxdataserviceversion: '3.0',
    'odata-maxversion': '4.0'
  }
  t.equal((await emulator.inject({ url: '/api/Software', headers })).statusCode, 200)
  const url = '/api/machines?resource=x&client_id=y&client_secret=%zz&grant_type=client_credentials&redirectUri=z'
  t.equal((await emulator.inject({ url, headers })).statusCode, 200, 'a token form as query (PSMDATP)')
})

t.test('deflate as captured, gzip for clients that offer nothing else', async t => {
  const emulator = await emulated(t)
  const url = '/api/Software/microsoft-_-edge/getmissingkbs'
  const plain = (await get(emulator, url)).body
  for (const [offered, encoding] of [
    ['deflate', 'deflate'],
    ['gzip, deflate', 'deflate'],
    ['gzip, deflate, br', 'deflate'],
    ['gzip', 'gzip'],
    ['GZIP;q=0.5', 'gzip'],
    ['gzip, deflate;q=0', 'gzip'],
    ['br', undefined],
    ['identity', undefined],
    ['', undefined],
    ['*', undefined]
  ] as const) {
    for (const pass of ['first', 'again']) {
      const response = await emulator.inject({
        url,
        headers: { host: 'localhost:6330', ...(await emulator.headers()), 'accept-encoding': offered }
      })
      t.equal(response.headers['content-encoding'], encoding, `${offered}, ${pass}`)
      t.equal(response.headers.vary, 'Accept-Encoding')
      const unpack = encoding === 'deflate' ? inflateSync : encoding === 'gzip' ? gunzipSync : (bytes: Buffer) => bytes
      t.equal(unpack(response.rawPayload).toString(), plain, `${offered}, ${pass}`)
    }
  }
})

t.test('@odata.nextLink leads through all pages, in the address that was used', async t => {
  const emulator = await emulated(t, { pageSize: 150 })
  const all = await rows(emulator, '/api/machines?$top=10000')
  t.equal(all.length, 500)
  const seen: unknown[] = []
  let url = '/api/v1.0/machines?$orderby=computerDnsName&client_secret=s3cret&$select=id'
  for (let pages = 0; pages < 10; pages++) {
    const answer = (await get(emulator, url)).json()
    seen.push(...answer.value)
    const next = answer['@odata.nextLink'] as string | undefined
    if (next === undefined) break
    t.ok(next.startsWith('http://localhost:6330/api/v1.0/machines?$orderby=computerDnsName&$select=id&$skip='), next)
    t.notMatch(next, 's3cret')
    url = next.slice('http://localhost:6330'.length)
  }
  t.equal(seen.length, 500)
  t.equal(new Set(seen.map(row => (row as { id: string }).id)).size, 500)
  t.notOk('@odata.nextLink' in (await get(emulator, '/api/machines?$top=3')).json(), '$top suppresses it')
  t.same((await get(emulator, '/api/machines?$skip=500')).json().value, [], 'an empty page past the end')
  t.same((await get(emulator, '/api/machines?$skip=900000&$top=5')).json().value, [])
})

t.test('filterable properties of the pages that list them; --loose allows all', async t => {
  const [strict, loose] = [await emulated(t), await emulated(t, { loose: true })]
  const refused = "/api/machines?$filter=rbacGroupName+eq+'x'"
  t.match((await get(strict, refused)).json(), {
    error: { code: 'ODataError', message: /'rbacGroupName' cannot be used/ }
  })
  t.equal((await get(loose, refused)).statusCode, 200)
  t.match(loose.notices, [/--loose/])
  t.equal((await get(strict, '/api/Software?$filter=weaknesses+gt+0')).statusCode, 400)
  t.ok((await rows(strict, "/api/Software?$filter=vendor+eq+'microsoft'+and+startswith(name,'windows')")).length > 3)
  t.same(await rows(strict, "/api/machines?$filter=riskScore+eq+'Immense'"), [], 'an unknown member matches nothing')
  t.ok(
    (await rows(strict, "/api/machines?$filter=healthStatus+eq+'Active'+AND+osPlatform+in+('Windows10','Windows11')"))
      .length > 100
  )
  t.ok(
    (await rows(strict, "/api/machines?$filter=startswith(osPlatform,'WindowsServer')&$orderby=lastSeen+desc&$top=5"))
      .length > 0
  )
})

t.test('machines', async t => {
  const emulator = await emulated(t, { time: '2026-06-30T12:00:00Z', frozen: true })
  const all = await rows(emulator, '/api/machines')
  t.equal(all.length, 500)
  for (const { id, computerDnsName, lastSeen, firstSeen } of all) {
    t.match(id, /^[0-9a-f]{40}$/)
    t.match(lastSeen, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,7})?Z$/)
    t.ok(firstSeen < lastSeen && lastSeen <= '2026-06-30T12:00:00Z', `${computerDnsName} ${lastSeen}`)
  }
  const one = all[100]
  t.same((await get(emulator, `/api/machines/${one.computerDnsName}`)).json().id, one.id, 'by computer name')
  t.equal((await get(emulator, `/api/machines('${one.id}')`)).json().computerDnsName, one.computerDnsName)
  t.same(await rows(emulator, `/api/machines?$filter=computerDnsName+eq+'${one.computerDnsName}'`), [one])
  t.same(Object.keys((await get(emulator, `/api/machines/${one.id}?$select=id,version`)).json()), [
    '@odata.context',
    'id',
    'version'
  ])
  t.equal((await get(emulator, `/api/machines/${one.id}?$filter=true`)).statusCode, 400, 'one object is not filtered')
  t.equal((await get(emulator, '/api/machines/$count')).body, '500')
  t.same(await rows(await emulated(t, { machines: 0 }), '/api/machines'), [], 'no device at all')
})

t.test('software', async t => {
  const emulator = await emulated(t)
  const all = await rows(emulator, '/api/Software')
  for (const row of all) {
    t.equal(row.id, `${row.vendor}-_-${row.name}`)
    t.ok(row.exposedMachines <= row.installedMachines, row.id)
    t.same((await get(emulator, `/api/Software/${row.id}`)).json(), {
      '@odata.context': 'http://localhost:6330/api/$metadata#Software/$entity',
      ...row
    })
  }
  t.match(
    all.find(({ id }) => id === 'microsoft-_-edge'),
    { installedMachines: 240, exposedMachines: 240 }
  )
  t.match(
    (await get(emulator, "/api/Software?$filter=id+in+('microsoft-_-edge',+'google-_-chrome')&pageSize=10000")).json()
      .value,
    [{ id: 'google-_-chrome' }, { id: 'microsoft-_-edge' }]
  )
})

t.test('operations of the real service that are not served', async t => {
  for (const path of [
    '/alerts',
    '/alerts/x/machine',
    '/machines/x/alerts',
    '/machines/CertificateAssessmentExport',
    '/remediationTasks',
    '/indicators/import',
    '/machines/x/isolate'
  ]) {
    t.ok(isUnserved(path), path)
  }
  for (const path of [
    '/nothing',
    '/machines/x/nothing',
    '/software/x/nothing',
    '/vulnerabilitiesX',
    '/machines/x/y/z'
  ]) {
    t.notOk(isUnserved(path), path)
  }
})

t.test('errors are JSON with the headers of the service', async t => {
  const emulator = await emulated(t)
  for (const url of ['/api/nothing', '/api/Software/x', '/api/Software?$top=x', '/api/vulnerabilities']) {
    const { headers } = await get(emulator, url)
    t.match(headers, { 'content-type': jsonType, 'odata-version': '4.0' }, url)
  }
  for (const url of ['/api/Software/%zz', '/%e0%/oauth2/token', '/_emulator/%']) {
    const broken = await get(emulator, `${url}?client_secret=s3cret`)
    t.equal(broken.statusCode, 400, url)
    t.match(broken.json(), { error: { code: 'BadRequest', message: /percent-encoded/, target: String } }, url)
    t.notMatch(broken.body, 's3cret')
  }
  const long = 'a'.repeat(5_000)
  t.match((await get(emulator, `/api/Software/${long}`)).json(), {
    error: { message: `Software ${long} was not found` }
  })
  const root = await emulator.inject({ url: '/nowhere/at/all' })
  t.equal(root.statusCode, 404)
  t.match(root.json(), { error: { code: 'NotFound', message: /the API is below \/api/ } })
})
