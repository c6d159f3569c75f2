import { gunzipSync } from 'node:zlib'
import t from 'tap'
import { documentedDevice, emulated, get, rows, tenant } from '../emulator.js'

const noon = { time: '2026-06-30T12:00:00Z', frozen: true }
const inventory = '/api/machines/SoftwareInventoryByMachine'
const vulnerabilities = '/api/machines/SoftwareVulnerabilitiesByMachine'
const changes = '/api/machines/SoftwareVulnerabilityChangesByMachine'

t.test('pages go on by pagesize and $skiptoken, in the form of the example on the page', async t => {
  const emulator = await emulated(t, noon)
  const all = await rows(emulator, `${inventory}?$top=200000`)
  t.ok(all.length > 2_000, `${all.length} rows`)
  const seen: unknown[] = []
  let url = `${inventory}?pageSize=700&pageIndex=1&client_secret=s3cret`
  for (;;) {
    const answer = (await get(emulator, url)).json()
    seen.push(...answer.value)
    const next = answer['@odata.nextLink']
    if (next === undefined) break
    t.equal(answer.value.length, 700)
    const [, size, token] =
      /^http:\/\/localhost:6330\/api\/machines\/SoftwareInventoryByMachine\?pagesize=(\d+)&\$skiptoken=([\w=]+)$/.exec(
        next
      ) ?? []
    t.equal(size, '700')
    t.same(JSON.parse(Buffer.from(token!, 'base64').toString()), {
      ExportDefinition: { TimePath: '2026-06-30/1200/' },
      ExportFileIndex: 0,
      LineStoppedAt: seen.length
    })
    url = next.slice('http://localhost:6330'.length)
  }
  t.same(seen, all)
  t.notOk('@odata.nextLink' in (await get(emulator, `${inventory}?$top=5`)).json(), '$top suppresses it')
  // The token of the page's own example.
  const theirs =
    'eyJFeHBvcnREZWZpbml0aW9uIjp7IlRpbWVQYXRoIjoiMjAyMS0wMS0xMS8xMTAxLyJ9LCJFeHBvcnRGaWxlSW5kZXgiOjAsIkxpbmVTdG9wcGVkQXQiOjV9'
  t.same(await rows(emulator, `${inventory}?pagesize=5&$skiptoken=${theirs}`), all.slice(5, 10))
  for (const [query, code, message] of [
    ['pageSize=0', 'InvalidInput', /'pageSize' must be a whole number from 1 to 200000; found '0'/],
    ['pageSize=200001', 'InvalidInput', /200000/],
    ['PAGESIZE=x', 'InvalidInput', /found 'x'/],
    ['$top=200001', 'ODataError', /at most 200000/],
    ['$skiptoken=x', 'InvalidInput', /\$skiptoken/]
  ] as const) {
    const refused = await get(emulator, `${inventory}?${query}`)
    t.equal(refused.statusCode, 400, query)
    t.match(refused.json(), { error: { code, message } }, query)
  }
  t.equal((await get(emulator, '/api/machines?$skiptoken=x')).statusCode, 400, 'no other list has it')
})

t.test('recommendedSecurityUpdate* are name, id and url of the missing KBs', async t => {
  const emulator = await emulated(t, noon)
  const own = await rows(emulator, `${vulnerabilities}?$filter=deviceId+eq+'${documentedDevice}'`)
  const missing = await rows(emulator, `/api/machines/${documentedDevice}/getmissingkbs`)
  const named = new Map(own.map(row => [row.recommendedSecurityUpdateId, row]))
  named.delete(null)
  t.ok(named.size > 0)
  for (const [id, row] of named) {
    const kb = missing.find(candidate => candidate.id === id)
    t.match(kb, { name: row.recommendedSecurityUpdate, url: row.recommendedSecurityUpdateUrl })
  }
  const asset = await rows(
    emulator,
    `/api/vulnerabilities/machinesVulnerabilities?$filter=machineId+eq+'${documentedDevice}'`
  )
  t.same(
    own
      .filter(({ cveId }) => cveId !== null)
      .map(row => [row.cveId, row.softwareName, row.recommendedSecurityUpdateId]),
    asset.map(row => [row.cveId, row.productName, row.fixingKbId])
  )
  t.match(
    own.find(({ softwareName }) => softwareName === 'windows_10'),
    {
      id: new RegExp(`^${documentedDevice}_windows_10_10\\.0\\.18363\\.\\d+_CVE-[\\d-]+_$`),
      osPlatform: 'Windows10',
      osVersion: /^10\.0\.18363\./,
      osArchitecture: 'x64',
      recommendationReference: 'va-_-microsoft-_-windows_10',
      endOfSupportStatus: 'EOS Version',
      endOfSupportDate: '2021-05-11T00:00:00+00:00',
      lastSeenTimestamp: /^2026-06-\d\d \d\d:\d\d:\d\d$/,
      securityUpdateAvailable: true
    }
  )
  const sound = await rows(emulator, `${vulnerabilities}?$filter=cveId+eq+null&$top=3`)
  t.match(sound, [{ cveId: null, vulnerabilitySeverityLevel: null, exploitabilityLevel: 'NoExploit', id: /__$/ }])
  const counts = await rows(emulator, `${inventory}?$filter=deviceId+eq+'${documentedDevice}'`)
  for (const { softwareName, numberOfWeaknesses } of counts) {
    t.equal(numberOfWeaknesses, asset.filter(row => row.productName === softwareName).length, softwareName)
  }
  t.same(new Set(counts.map(({ rbacGroupName }) => rbacGroupName === null)), new Set([false]), 'Unassigned, not null')
})

t.test('the delta: what days of the world brought and what was done since', async t => {
  const emulator = await emulated(t, noon)
  const since = (time: string) => rows(emulator, `${changes}?sinceTime=${time}`)
  const fortnight = await since('2026-06-16T12:00:00Z')
  t.ok(fortnight.some(({ status }) => status === 'Fixed') && fortnight.some(({ status }) => status === 'New'))
  t.same(
    fortnight.map(row => row.eventTimestamp),
    fortnight.map(row => row.eventTimestamp).sort(),
    'oldest first'
  )
  t.ok(fortnight.every(row => row.eventTimestamp >= '2026-06-16T12:00:00Z'))
  t.same(await since('2026-06-30T12:00:00Z'), [])

  const before = await rows(emulator, `${vulnerabilities}?$filter=deviceId+eq+'${documentedDevice}'`)
  const [newest] = await rows(emulator, `/api/machines/${documentedDevice}/getmissingkbs`)
  emulator.control.installUpdate(documentedDevice, newest.id)
  const after = await rows(emulator, `${vulnerabilities}?$filter=deviceId+eq+'${documentedDevice}'`)
  const moved = await since('2026-06-30T12:00:00Z')
  t.ok(moved.length > 0 && moved.every(row => row.deviceId === documentedDevice))
  const ids = (list: { id: string; cveId: string | null }[]) =>
    new Set(list.filter(row => row.cveId !== null).map(({ id }) => id))
  const [old, now] = [ids(before), ids(after)]
  t.same(ids(moved.filter(({ status }) => status === 'Fixed')), new Set([...old].filter(id => !now.has(id))))
  t.same(ids(moved.filter(({ status }) => status === 'New')), new Set([...now].filter(id => !old.has(id))))
  t.match(moved[0].eventTimestamp, '2026-06-30T12:00:00Z')
  const [first] = (await get(emulator, `${changes}?sinceTime=2026-06-20T00:00:00Z&pageSize=1`))
    .json()
    ['@odata.nextLink'].match(/\?.*/)
  t.match(first, /^\?sincetime=2026-06-20T00%3A00%3A00Z&pagesize=1&\$skiptoken=/)
  emulator.control.reset()
  t.same(await since('2026-06-30T12:00:00Z'), [], 'reset forgets')

  for (const [query, code] of [
    ['', 'MissingRequiredParameter'],
    ['?sinceTime=', 'MissingRequiredParameter'],
    ['?sinceTime=yesterday', 'InvalidInput'],
    ['?sinceTime=2026-06-15T00:00:00Z', 'InvalidInput'],
    ['?sinceTime=2026-07-01T00:00:00Z', 'InvalidInput']
  ] as const) {
    const refused = await get(emulator, changes + query)
    t.match([refused.statusCode, refused.json().error.code], [400, code], query)
  }
})

t.test('files: gzip of JSON lines, without a token, for as long as sasValidHours says', async t => {
  const { now } = Date
  let later = 0
  Date.now = () => now() + later
  t.teardown(() => {
    Date.now = now
  })
  const emulator = await emulated(t, { time: '2026-06-30T13:00:00Z', machines: 60 })
  for (const [path, list, folder] of [
    ['SoftwareInventoryExport', inventory, 'SoftwareInventory'],
    ['SoftwareVulnerabilitiesExport', vulnerabilities, 'VaExport']
  ]) {
    const answer = (await get(emulator, `/api/machines/${path}`)).json()
    t.match(answer['@odata.context'], /#microsoft\.windowsDefenderATP\.api\.ExportFilesResponse$/)
    t.equal(answer.generatedTime, '2026-06-30T12:00:00Z')
    const lines: Record<string, unknown>[] = []
    for (const address of answer.exportFiles) {
      const pattern = `^http://localhost:6330/tvm-export/2026-06-30/1200/${folder}/json/OrgId=${tenant}/part-\\d{5}-[0-9a-f-]{36}\\.c000\\.json\\.gz\\?sv=2019-12-12&st=.*&se=.*&sr=b&sp=r&sig=`
      t.match(address, new RegExp(pattern))
      const file = await emulator.inject({ url: address.slice('http://localhost:6330'.length) })
      t.equal(file.statusCode, 200)
      t.notOk(file.headers['content-encoding'], 'the file itself is gzip')
      lines.push(
        ...gunzipSync(file.rawPayload)
          .toString()
          .trim()
          .split('\n')
          .map(line => JSON.parse(line))
      )
    }
    const expected = await rows(emulator, `${list}?$top=200000`)
    t.equal(lines.length, expected.length)
    t.same(Object.values(lines[7]!), Object.values(expected[7]!))
    t.match(lines[7], { DeviceId: String, OSPlatform: String, SoftwareName: String })
  }
  const [address] = (await get(emulator, '/api/machines/SoftwareInventoryExport?sasValidHours=2')).json().exportFiles
  const url = address.slice('http://localhost:6330'.length)
  const ask = async (asked: string) => {
    const { statusCode, headers, body } = await emulator.inject({ url: asked })
    return [statusCode, headers['x-ms-error-code'], body.slice(0, 5)]
  }
  for (const [what, asked] of [
    ['another file', url.replace('part-00000', 'part-00001')],
    ['another tenant', url.replace(tenant, tenant.replace('a', 'b'))],
    ['a longer life', url.replace(/se=2026-06-30T1/, 'se=2027-06-30T1')],
    ['another signature', `${url}x`],
    ['no signature', url.split('?')[0]!],
    ['something else', '/tvm-export/etc/passwd']
  ] as const) {
    t.same(await ask(asked), [403, 'AuthenticationFailed', '<?xml'], what)
  }
  later = 2 * 3_600_000 - 60_000
  t.equal((await emulator.inject({ url })).statusCode, 200)
  later += 120_000
  t.same(await ask(url), [403, 'AuthenticationFailed', '<?xml'], 'its time is over')
  for (const hours of ['0', '7', 'x', '']) {
    const refused = await get(emulator, `/api/machines/SoftwareInventoryExport?sasValidHours=${hours}`)
    t.match([refused.statusCode, refused.json().error.code], [400, 'InvalidInput'], hours)
  }
})

t.test('a long export is sent while it is made', async t => {
  const emulator = await emulated(t, { ...noon, machines: 100 })
  const answer = await get(emulator, `${vulnerabilities}?pageSize=12000`)
  t.equal(answer.statusCode, 200)
  const { value } = answer.json()
  t.ok(value.length > 10_000, `${value.length} rows`)
  const packed = await emulator.inject({
    url: `${vulnerabilities}?pageSize=12000`,
    headers: { host: 'localhost:6330', ...(await emulator.headers()), 'accept-encoding': 'gzip' }
  })
  t.equal(gunzipSync(packed.rawPayload).toString(), answer.body)
})

t.test('--profile documented shows what the pages show', async t => {
  const emulator = await emulated(t, { ...noon, profile: 'documented' })
  const [row] = await rows(emulator, `${vulnerabilities}?$top=1`)
  for (const name of ['rbacGroupId', 'endOfSupportStatus', 'cveMitigationStatus']) t.notOk(name in row, name)
})
