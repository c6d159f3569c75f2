import t from 'tap'
import { documentedDevice, emulated, get, rows } from '../emulator.js'

const context = 'http://localhost:6330/api/$metadata#'

t.test('the list: CVEs that are open somewhere, by id', async t => {
  const emulator = await emulated(t)
  const all = await rows(emulator, '/api/vulnerabilities')
  t.ok(all.length > 1_000, `${all.length} of them`)
  t.same(
    all.map(({ id }) => id),
    all.map(({ id }) => id).sort()
  )
  t.ok(all.every(({ exposedMachines, status }) => exposedMachines > 0 && status === 'RemediationRequired'))
  const critical = await rows(emulator, "/api/vulnerabilities?$filter=severity+eq+'Critical'&$orderby=id+desc")
  t.same(critical, all.filter(({ severity }) => severity === 'Critical').reverse())
  t.same(
    await rows(emulator, "/api/vulnerabilities?$filter=severity+eq+'test'"),
    [],
    'an unknown severity matches nothing'
  )
  t.equal(
    (await get(emulator, '/api/vulnerabilities?$filter=epss+gt+0')).statusCode,
    400,
    'not among those of the page'
  )
  t.equal((await get(emulator, '/api/vulnerabilities?$top=8001')).statusCode, 400, '$top of 8,000 at most')
  t.same(await rows(emulator, '/api/vulnerabilities?$skip=8000'), [], 'an empty page past the end')
})

t.test('one of them, by id in any letter case', async t => {
  const emulator = await emulated(t)
  const answer = (await get(emulator, '/api/vulnerabilities/cve-2020-0768')).json()
  t.match(answer, { '@odata.context': `${context}Vulnerabilities/$entity`, id: 'CVE-2020-0768', severity: 'Critical' })
  t.match(answer, { publishedOn: '2020-03-10T00:00:00Z', patchFirstAvailable: '2020-03-10T00:00:00Z' })
  const [listed] = await rows(emulator, "/api/vulnerabilities?$filter=id+eq+'CVE-2020-0768'")
  t.same(Object.entries(answer).slice(1), Object.entries(listed))
  const refers = await rows(emulator, '/api/vulnerabilities/CVE-2020-0768/machineReferences')
  t.equal(refers.length, answer.exposedMachines)
  t.ok(refers.some(({ id }) => id === documentedDevice))
  for (const path of ['', '/machineReferences']) {
    const unknown = await get(emulator, `/api/vulnerabilities/CVE-1999-0001${path}`)
    t.equal(unknown.statusCode, 404)
    t.match(unknown.json(), {
      error: { code: 'ResourceNotFound', message: 'Vulnerability CVE-1999-0001 was not found' }
    })
  }
})

t.test('in the past it is not published yet', async t => {
  const emulator = await emulated(t, { time: '2020-03-09T00:00:00Z' })
  t.equal((await get(emulator, '/api/vulnerabilities/CVE-2020-0768')).statusCode, 404)
  t.ok(
    (await rows(emulator, '/api/vulnerabilities')).every(
      row => row.publishedOn <= '2020-03-09' && row.updatedOn <= '2020-03-09T00:00:00Z'
    )
  )
})

t.test('by software and by device', async t => {
  const emulator = await emulated(t)
  const { weaknesses } = (await get(emulator, '/api/Software/microsoft-_-edge')).json()
  const bySoftware = (await get(emulator, '/api/Software/microsoft-_-edge/vulnerabilities')).json()
  t.equal(bySoftware['@odata.context'], `${context}Collection(microsoft.windowsDefenderATP.api.PublicVulnerabilityDto)`)
  t.equal(bySoftware.value.length, weaknesses)
  t.equal((await get(emulator, '/api/Software/microsoft-_-edge/vulnerabilities', 'Software.Read.All')).statusCode, 403)

  const byDevice = (await get(emulator, `/api/machines/${documentedDevice}/vulnerabilities`)).json()
  t.equal(byDevice['@odata.count'], byDevice.value.length)
  t.equal(byDevice.value[0]['@odata.type'], '#microsoft.windowsDefenderATP.api.PublicVulnerabilityDto')
  t.same(await rows(emulator, '/api/Software/putty-_-putty/vulnerabilities'), [], 'every device has the sound version')
  const [generated] = await rows(emulator, '/api/Software/google-_-chrome/vulnerabilities')
  t.match(generated, { id: /^CVE-\d{4}-99\d{5}$/, description: /\(generated: no such CVE exists\)/ })

  const documented = await emulated(t, { profile: 'documented' })
  const plain = (await get(documented, `/api/machines/${documentedDevice}/vulnerabilities?$top=1`)).json().value[0]
  for (const name of ['@odata.type', 'patchFirstAvailable', 'status']) t.notOk(name in plain, name)
  t.equal(
    (await get(documented, '/api/Software/microsoft-_-edge/vulnerabilities')).json()['@odata.context'],
    `${context}Collection(Analytics.Contracts.PublicAPI.PublicVulnerabilityDto)`
  )
})

t.test('machinesVulnerabilities ties CVE, device and product to a missing KB', async t => {
  const emulator = await emulated(t)
  const url = '/api/vulnerabilities/machinesVulnerabilities'
  const all = await rows(emulator, `${url}?$filter=machineId+eq+'${documentedDevice}'`)
  const missing = await rows(emulator, `/api/machines/${documentedDevice}/getmissingkbs`)
  t.same(
    [...new Set(all.map(({ fixingKbId }) => fixingKbId))].filter(kb => !missing.some(({ id }) => id === kb)),
    [null],
    'none is named for what only a later version fixes'
  )
  t.ok(all.every(({ fixingKbId, cveId }) => (fixingKbId === null) === /-99\d{5}$/.test(cveId)))
  // The 97 of Microsoft's page are 77 + 14 + 6 CVEs of three products.
  const ofMarch = missing.find(({ id }) => id === '4540673')
  t.equal(ofMarch.cveAddressed, 97)
  for (const row of all) {
    const { id, cveId, machineId, productVendor, productName, productVersion, fixingKbId } = row
    if (id !== [machineId, cveId, productVendor, productName, productVersion, fixingKbId].join('-_-')) t.fail(id)
  }
  t.equal(new Set(all.map(({ id }) => id)).size, all.length, 'ids are unique')
  const cves = new Set(all.map(({ cveId }) => cveId))
  t.same(
    [...cves].sort(),
    (await rows(emulator, `/api/machines/${documentedDevice}/vulnerabilities`)).map(({ id }) => id)
  )

  const total = Number((await get(emulator, `${url}/$count`)).body)
  const first = (await get(emulator, url)).json()
  t.equal(first.value.length, 10_000)
  t.match(first['@odata.nextLink'], /\$skip=10000$/)
  const last = await rows(emulator, `${url}?$skip=${total - 2}`)
  t.equal(last.length, 2, 'deep pages end where the count says')
  t.equal((await rows(emulator, `${url}?$filter=fixingKbId+eq+'4540673'+and+productName+eq+'edge'&$top=1`)).length, 1)

  emulator.control.installUpdate(documentedDevice, '4540673')
  const after = await rows(emulator, `${url}?$filter=machineId+eq+'${documentedDevice}'`)
  t.notOk(
    after.some(({ fixingKbId }) => fixingKbId === '4540673'),
    'an installed KB fixes nothing any more'
  )
  t.ok(after.length < all.length)
})

t.test('who reads on while a device is patched gets the list as it was, and others are not kept waiting', async t => {
  const emulator = await emulated(t)
  const url = "/api/vulnerabilities/machinesVulnerabilities?$filter=startswith(cveId,'CVE-2020-07')&$top=10000"
  const before = await rows(emulator, url)
  emulator.control.reset()
  const events: string[] = []
  const reading = rows(emulator, url).then(list => {
    events.push('read')
    return list
  })
  await new Promise(resolve => setTimeout(resolve, 20))
  emulator.control.installUpdate(documentedDevice, '4540673')
  await emulator.inject({ url: '/healthz' })
  events.push('healthy')
  t.same(await reading, before)
  t.same(events, ['healthy', 'read'])
  t.notSame(await rows(emulator, url), before, 'the next one sees the patch')
})
