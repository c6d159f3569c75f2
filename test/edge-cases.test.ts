import t from 'tap'
import { MachineHealthStatus } from '../src/model/health-status.js'
import { loadScenario } from '../src/world/scenarios.js'
import { emulated, get, rows } from './emulator.js'

const noon = { scenario: 'edge-cases', time: '2026-06-30T12:00:00Z', frozen: true }
const { overlay } = loadScenario('edge-cases')
const written = overlay!.machines!
const id = (n: number) => `ed6eca5e${n.toString(16).padStart(32, '0')}`
/** As OData writes a text, in an address. */
const literal = (text: string) => encodeURIComponent(`'${text.replaceAll("'", "''")}'`)
const named = (name: string) => written.find(({ computerDnsName }) => computerDnsName.includes(name))!.id

t.test('a device is found by whatever name it has', async t => {
  const emulator = await emulated(t, noon)
  for (const { id, computerDnsName, duplicateOf } of written) {
    const byName = await get(emulator, `/api/machines/${encodeURIComponent(computerDnsName)}`)
    t.match(byName.json(), { id: duplicateOf ?? id, computerDnsName }, computerDnsName)
    const filtered = await rows(emulator, `/api/machines?$filter=computerDnsName eq ${literal(computerDnsName)}`)
    t.ok(
      filtered.some(row => row.id === id),
      `$filter ${computerDnsName}`
    )
    const begins = await rows(
      emulator,
      `/api/machines?$select=id&$filter=startswith(computerDnsName,${literal(computerDnsName.slice(0, 3))})`
    )
    t.ok(
      begins.some(row => row.id === id),
      `startswith ${computerDnsName}`
    )
  }
  const all = await rows(emulator, '/api/machines')
  const paged: unknown[] = []
  for (let url: string | undefined = '/api/machines'; url !== undefined; ) {
    const page: { value: unknown[]; '@odata.nextLink'?: string } = (
      await get(await emulated(t, { ...noon, pageSize: 7 }), url)
    ).json()
    paged.push(...page.value)
    url = page['@odata.nextLink']?.slice('http://localhost:6330'.length)
  }
  t.same(paged, all, 'page by page')
})

t.test('so is software, in the path and as a key', async t => {
  const emulator = await emulated(t, noon)
  const list = await rows(emulator, '/api/Software')
  const odd = list.filter(({ id }) => /[^a-z0-9_.-]/.test(id))
  t.ok(odd.length >= 9, odd.map(({ id }) => id).join(' '))
  for (const row of list) {
    const path = `/api/Software/${encodeURIComponent(row.id)}`
    t.same((await get(emulator, path)).json().id, row.id)
    t.equal((await get(emulator, `/api/Software(${literal(row.id)})`)).json().id, row.id, 'as a key')
    for (const of of ['getmissingkbs', 'distributions', 'machineReferences', 'vulnerabilities']) {
      t.equal((await get(emulator, `${path}/${of}`)).statusCode, 200, `${row.id} ${of}`)
    }
    t.match(
      await rows(emulator, `/api/Software?$filter=name eq ${literal(row.name)} and vendor eq ${literal(row.vendor)}`),
      [{ id: row.id }]
    )
  }
})

t.test('and by its tags', async t => {
  const emulator = await emulated(t, noon)
  for (const { id, tags = [] } of written) {
    for (const tag of tags) {
      const found = await rows(emulator, `/api/machines/findbytag?tag=${encodeURIComponent(tag)}`)
      t.ok(
        found.some(row => row.id === id),
        tag
      )
    }
  }
})

t.test(
  'one name on three records: the list has all, the name leads to the one that is not merged into another',
  async t => {
    const emulator = await emulated(t, noon)
    const { control } = emulator
    const url = "/api/machines?$filter=computerDnsName eq 'reimaged.contoso.com'"
    t.match(await rows(emulator, url), [
      { id: id(6), mergedIntoMachineId: null, healthStatus: String },
      { id: id(7), mergedIntoMachineId: id(6), isPotentialDuplication: true, healthStatus: 'Inactive' },
      { id: id(8), mergedIntoMachineId: id(6), isPotentialDuplication: true, healthStatus: 'NoSensorData' }
    ])
    control.machines.remove(id(6))
    t.equal(
      (await get(emulator, '/api/machines/reimaged.contoso.com')).json().id,
      id(7),
      'when it is gone, to the next'
    )
    t.same((await control.invariants()).violations, [])
    const again = { computerDnsName: 'reimaged.contoso.com', os: 'Windows11', build: 26200 }
    await t.rejects(control.machines.add({ id: id(0x200), ...again, computerDnsName: 'REIMAGED.contoso.com' }), {
      name: 'Contradiction'
    })
    await control.machines.add({ id: id(0x200), ...again, duplicateOf: id(7) })
    t.equal((await rows(emulator, url)).length, 3)
    t.same((await control.invariants()).violations, [])
    control.snapshots.take('now')
    control.reset()
    t.equal((await get(emulator, '/api/machines/reimaged.contoso.com')).json().id, id(6))
    control.snapshots.restore('now')
    t.match((await get(emulator, `/api/machines/${id(0x200)}`)).json(), { mergedIntoMachineId: id(7) })
  }
)

t.test('what a device does not say is null, and dates are at their edges', async t => {
  const emulator = await emulated(t, noon)
  const machine = async (name: string) => (await get(emulator, `/api/machines/${named(name)}`)).json()
  t.match(await machine('silent'), {
    osPlatform: 'Other',
    osProcessor: null,
    version: null,
    lastIpAddress: null,
    lastExternalIpAddress: null,
    agentVersion: null,
    osBuild: null,
    rbacGroupName: null,
    aadDeviceId: null,
    osArchitecture: null,
    vmMetadata: null,
    healthStatus: 'Unknown',
    machineTags: [],
    ipAddresses: [{ type: 'SoftwareLoopback' }]
  })
  t.same(await rows(emulator, `/api/machines/${named('silent')}/software`), [])
  t.same(await rows(emulator, "/api/machines?$select=id&$filter=lastIpAddress eq null and osPlatform eq 'Other'"), [
    { id: named('silent') }
  ])
  t.match(await machine('year-one'), { firstSeen: '0001-01-01T00:00:00Z', lastSeen: '0001-01-01T00:00:00Z' })
  t.match(await machine('leap-day'), { firstSeen: '2020-02-29T00:00:00Z', lastSeen: '2024-02-29T23:59:59.9999999Z' })
  t.match(
    (await rows(emulator, '/api/machines?$select=id&$filter=lastSeen lt 2024-03-01T00:00:00Z&$orderby=lastSeen')).map(
      row => row.id
    ),
    [named('year-one'), id(8), id(7), named('leap-day')]
  )
  const exported = await rows(
    emulator,
    `/api/machines/SoftwareInventoryByMachine?$filter=deviceName eq 'leap-day.contoso.com'`
  )
  t.match(exported, [{ softwareFirstSeenTimestamp: '2020-02-29 00:00:00' }])
  const health = new Set((await rows(emulator, '/api/machines')).map(row => row.healthStatus))
  t.same([...health].sort(), [...MachineHealthStatus.enum].sort())
})

t.test('a device is found by the address that it says, and by no other', async t => {
  const emulator = await emulated(t, noon)
  const { machineId, lastSeen } = await get(emulator, `/api/machines/${named('v6-only')}`).then(answer => ({
    machineId: answer.json().id,
    lastSeen: answer.json().lastSeen
  }))
  const find = (ip: string, at: string) => rows(emulator, `/api/machines/findbyip(ip='${ip}',timestamp=${at})`)
  t.match(await find('fd00:6ec:a5e::12', lastSeen), [{ id: machineId, lastExternalIpAddress: '2001:db8::12' }])
  // Of a generated device the address follows from its number: these two say another one, or none.
  const position = (await rows(emulator, '/api/machines?$select=id')).findIndex(row => row.id === machineId)
  t.same(await find(`10.0.0.${position + 1}`, lastSeen), [])
})

t.test('KBs that all, one and none of the devices lack, and counts at their edges', async t => {
  const emulator = await emulated(t, noon)
  const agent = (await get(emulator, '/api/Software/contoso-_-agent')).json()
  t.match(await rows(emulator, '/api/Software/contoso-_-agent/getmissingkbs'), [
    { id: '7700003', machineMissedOn: agent.installedMachines, cveAddressed: 2 },
    { id: '7700002', machineMissedOn: 1, cveAddressed: 0, name: 'February 2024 Security Updates' }
  ])
  t.equal(agent.installedMachines, 15)
  t.ok(
    overlay!.updates!.some(({ id }) => id === '7700001'),
    'nobody lacks 7700001, and nobody lists it'
  )
  t.match(
    (await rows(emulator, `/api/Software/${encodeURIComponent('contoso-_-say_"hello"')}/getmissingkbs`)).map(
      kb => kb.id
    ),
    ['10001', '999999999'],
    'by number, not by text'
  )
  const shared = await rows(emulator, `/api/machines/${named('büro')}/getmissingkbs`)
  t.match(shared, [{ id: '7700003', productsNames: ['agent', 'büro-suite'], cveAddressed: 4 }])

  const ledger = await rows(emulator, '/api/Software/contoso-_-ledger/getmissingkbs')
  t.equal(ledger.length, 264)
  t.match(ledger.at(-1), { id: '7710001', name: 'July 2004 Security Updates', machineMissedOn: 1, cveAddressed: 12 })
  t.equal((await get(emulator, '/api/Software/contoso-_-ledger')).json().weaknesses, 264 * 12)
  const device = await get(emulator, `/api/machines/${id(0x100)}/getmissingkbs`)
  t.ok(device.json()['@odata.count'] > 500, `one device lacks ${device.json()['@odata.count']}`)
  t.equal((await rows(emulator, `/api/machines/${id(0x100)}/vulnerabilities`)).length > 3_000, true)
})

t.test("the user's devices take the place of those with their ids or names", async t => {
  const emulator = await emulated(t, {
    ...noon,
    fixtures: {
      machines: [
        { id: id(1), computerDnsName: 'mine.example.test', os: 'Windows11', build: 26200 },
        { id: id(0x300), computerDnsName: 'REIMAGED.contoso.com', os: 'Windows11', build: 26200, group: "O'Brien's" },
        { id: id(0x301), computerDnsName: 'other.example.test', os: 'Windows11', build: 26200, group: 'A new group' }
      ]
    }
  })
  const all = await rows(emulator, '/api/machines')
  t.equal(all.length, 40 - 4 + 3)
  t.match((await get(emulator, `/api/machines/${id(1)}`)).json(), { computerDnsName: 'mine.example.test' })
  t.equal((await get(emulator, `/api/machines/${id(7)}`)).statusCode, 404)
  const groups = new Map(all.map(row => [row.rbacGroupId, row.rbacGroupName]))
  t.equal(groups.size, new Set(groups.values()).size, 'a group has one id')
  t.same((await emulator.control.invariants()).violations, [])
})
