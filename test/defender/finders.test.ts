import t from 'tap'
import { emulated, get, rows } from '../emulator.js'

const noon = { time: '2026-06-30T12:00:00Z', frozen: true }

t.test('findbyip: seen within a quarter of an hour before or after', async t => {
  const emulator = await emulated(t, noon)
  const device = (await rows(emulator, "/api/machines?$filter=healthStatus+eq+'Active'&$top=40")).at(-1)
  const last = Date.parse(device.lastSeen)
  const find = (minutes: number, ip = device.lastIpAddress) =>
    rows(emulator, `/api/machines/findbyip(ip='${ip}',timestamp=${new Date(last + minutes * 60_000).toISOString()})`)
  t.same(await find(-1), [device])
  for (const [minutes, found] of [
    [-14, 1],
    [-16, 0],
    [-24 * 60, 1],
    [-24 * 60 + 14, 1],
    [-24 * 60 + 16, 0],
    [-3 * 24 * 60 - 10, 1]
  ] as const) {
    t.equal((await find(minutes)).length, found, `${minutes} minutes`)
  }
  t.same(await find(-1, '10.200.0.1'), [], 'nobody has that address')
  t.same(await find(-1, 'fe80::1'), [])
  const called = `/api/v1.0/machines/microsoft.windowsDefenderATP.api.FindByIp(timestamp=${device.lastSeen},ip=%27${device.lastIpAddress}%27)`
  t.equal((await rows(emulator, called)).length, 1, 'as other clients call it')
  for (const [inside, code] of [
    ["ip='10.0.0.999',timestamp=2026-06-30T00:00:00Z", 'InvalidIpAddress'],
    ["ip='10.0.0.1'", 'MissingRequiredParameter'],
    ['timestamp=2026-06-30T00:00:00Z', 'MissingRequiredParameter'],
    ["ip='10.0.0.1',timestamp=2026-05-30T00:00:00Z", 'InvalidInput'],
    ["ip='10.0.0.1',timestamp=2026-07-01T00:00:00Z", 'InvalidInput'],
    ["ip='10.0.0.1',timestamp=soon", 'InvalidInput'],
    ["ip='10.0.0.1;timestamp=x", 'InvalidInput']
  ] as const) {
    const refused = await get(emulator, `/api/machines/findbyip(${inside})`)
    t.match([refused.statusCode, refused.json().error.code], [400, code], inside)
  }
})

t.test('findbytag: to the letter, or by its beginning', async t => {
  const emulator = await emulated(t, noon)
  const machines = await rows(emulator, '/api/machines')
  const tagged = machines.filter(({ machineTags }) => machineTags.includes('Finance'))
  t.ok(tagged.length > 0)
  t.same(await rows(emulator, '/api/machines/findbytag?tag=Finance'), tagged)
  t.same(await rows(emulator, '/api/machines/FindByTag?TAG=Fin&useStartsWithFilter=true'), tagged)
  t.same(await rows(emulator, '/api/machines/findbytag?tag=Fin&useStartsWithFilter=false'), [])
  t.same(await rows(emulator, '/api/machines/findbytag?tag=finance'), [])
  t.equal((await get(emulator, '/api/machines/findbytag/$count?tag=Finance')).body, String(tagged.length))
  t.match((await get(emulator, '/api/machines/findbytag')).json().error, {
    code: 'MissingRequiredParameter',
    message: /'tag'/
  })
  t.match((await get(emulator, '/api/machines/findbytag?tag=x&useStartsWithFilter=1')).json().error, {
    code: 'InvalidInput'
  })
})

t.test('the link to the next page keeps what the page needs', async t => {
  const emulator = await emulated(t, { machines: 40, pageSize: 2 })
  for (const { id } of (await rows(emulator, '/api/machines?$top=3&$select=id')) as { id: string }[]) {
    emulator.control.machines.label(id, { tags: ['Shared'] })
  }
  const first = (await get(emulator, '/api/machines/findbytag?tag=Shared&secret=x')).json()
  t.match(first['@odata.nextLink'], /findbytag\?tag=Shared&\$skip=2$/)
  const second = await get(emulator, first['@odata.nextLink'].replace(/^http:\/\/[^/]+/, ''))
  t.equal(second.json().value.length, 1)
})
