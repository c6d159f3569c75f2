import t from 'tap'
import { documentedDevice, emulated, get, rows } from '../emulator.js'

t.test('distributions count each device once, and move when a device is patched', async t => {
  const emulator = await emulated(t)
  for (const { id, installedMachines } of await rows(emulator, '/api/Software')) {
    const versions = await rows(emulator, `/api/Software/${id}/distributions`)
    const sum = versions.reduce((total, { installations }) => total + installations, 0)
    t.equal(sum, installedMachines, id)
    t.equal(new Set(versions.map(({ version }) => version)).size, versions.length, `${id}: each version once`)
  }
  const url = '/api/Software/microsoft-_-edge/distributions'
  const before = await rows(emulator, url)
  t.equal(
    before.reduce((total, { installations }) => total + installations, 0),
    240
  )
  for (const { version, vulnerabilities } of before) {
    t.match(version, /^44\.1836[23]\.\d+\.0$/)
    t.ok(vulnerabilities > 0, version)
  }
  emulator.control.installUpdate(documentedDevice, '4540673')
  const after = await rows(emulator, url)
  t.equal(after.length, before.length + 1, 'its version is another one now')
  const [patched] = after.filter(({ version }) => !before.some(row => row.version === version))
  t.match(patched, { installations: 1 })
})

t.test('machineReferences', async t => {
  const emulator = await emulated(t, { pageSize: 100 })
  const url = '/api/Software/microsoft-_-edge/machineReferences'
  const first = (await get(emulator, url)).json()
  t.equal(first.value.length, 100)
  t.match(first['@odata.nextLink'], /\/api\/Software\/microsoft-_-edge\/machineReferences\?\$skip=100$/)
  const all = await rows(emulator, `${url}?$top=10000`)
  t.equal(all.length, 240)
  t.equal((await get(emulator, `${url}/$count`)).body, '240')
  t.match(
    all.find(({ id }) => id === documentedDevice),
    { computerDnsName: String, osPlatform: 'Windows10', tags: Array, rbacGroupId: Number }
  )
  for (const { id, computerDnsName } of all.slice(0, 5)) {
    t.match((await get(emulator, `/api/machines/${id}`)).json(), { computerDnsName })
    t.ok((await rows(emulator, `/api/machines/${id}/software`)).some(row => row.id === 'microsoft-_-edge'))
  }
  t.same(await rows(emulator, `${url}?$filter=id+eq+'${documentedDevice}'&$select=id`), [{ id: documentedDevice }])
  for (const written of [
    '/api/software/microsoft-_-edge/machinereferences',
    "/api/Software('microsoft-_-edge')/microsoft.windowsDefenderATP.api.MachineReferences()"
  ]) {
    t.equal((await rows(emulator, `${written}?$top=10000`)).length, 240, written)
  }
  for (const path of ['machineReferences', 'distributions']) {
    const unknown = await get(emulator, `/api/Software/microsoft%20edge/${path}`)
    t.equal(unknown.statusCode, 404, 'unknown software, as in the public log')
    t.match(unknown.json(), { error: { code: 'ResourceNotFound', message: 'Software microsoft edge was not found' } })
  }
})

t.test('the software of a device has the counts of the fleet', async t => {
  const emulator = await emulated(t)
  const answer = (await get(emulator, `/api/machines/${documentedDevice}/software`)).json()
  t.equal(answer['@odata.count'], answer.value.length, 'the count unasked (observed)')
  const fleet = await rows(emulator, '/api/Software')
  for (const row of answer.value)
    t.same(
      row,
      fleet.find(({ id }) => id === row.id),
      row.id
    )
  for (const id of ['microsoft-_-windows_10', 'microsoft-_-edge', 'microsoft-_-internet_explorer']) {
    t.ok(
      answer.value.some((row: { id: string }) => row.id === id),
      id
    )
  }
  t.equal((await get(emulator, `/api/machines/${'0'.repeat(40)}/software`)).statusCode, 404)
})

t.test('--profile documented shows what the pages show', async t => {
  const emulator = await emulated(t, { profile: 'documented' })
  const [reference] = await rows(emulator, '/api/Software/microsoft-_-edge/machineReferences?$top=1')
  t.same(Object.keys(reference), ['id', 'computerDnsName', 'osPlatform', 'rbacGroupName'])
  t.notOk('@odata.count' in (await get(emulator, `/api/machines/${documentedDevice}/software`)).json())
})
