import { randomUUID } from 'node:crypto'
import t from 'tap'
import type { InjectedResponse } from '../src/index.js'
import { documentedDevice, emulated, everything, get, tenant } from './emulator.js'

const host = 'localhost'
const hour = 3_600_000
const time = '2026-06-30T12:00:00Z'

const ids = (answer: InjectedResponse): string[] => answer.json().value.map((row: { id: string }) => row.id)

t.test('two hundred tenants at once, each with its own faults, limits, clock and patches', async t => {
  const emulator = await emulated(t, { machines: 310, time, frozen: true })
  const { control } = emulator
  const device = `/api/machines/${documentedDevice}/getmissingkbs`
  const wrong: string[] = []

  /** What the device lacks once it has a KB, as one tenant alone shows: newer ones contain older ones. */
  const lacking = new Map<string, string[]>()
  for (const kb of ids(await get(emulator, device))) {
    control.installUpdate(documentedDevice, kb)
    lacking.set(kb, ids(await get(emulator, device)))
    control.reset(tenant)
  }

  async function live(n: number) {
    const id = randomUUID()
    const ask = async (url: string) => {
      const { access_token } = await control.mint({ tenant: id, clientId: everything })
      return emulator.inject({ url, headers: { host, authorization: `Bearer ${access_token}` } })
    }
    const expect = (what: string, seen: unknown, wanted: unknown) => {
      if (JSON.stringify(seen) !== JSON.stringify(wanted)) wrong.push(`tenant ${n}, ${what}: ${seen}, not ${wanted}`)
    }

    const [kb, left] = [...lacking][n % lacking.size]!
    control.installUpdate(documentedDevice, kb, id)
    control.clock.advance({ by: `PT${n + 1}H` }, id)
    const [status, struck, limit] = [500 + (n % 4), 1 + (n % 3), 4 + (n % 5)]
    const answer = { status }
    await control.faults.add({ id: `of-${n}`, match: { path: '/api/machines' }, when: { times: struck }, answer }, id)
    control.throttle.set(`${limit}/1m`, id)

    const seen: string[] = []
    for (let k = 0; k < struck + limit + 2; k++) {
      const { statusCode, headers } = await ask('/api/machines?$top=1&$select=id')
      seen.push(`${statusCode} ${headers['x-emulator-fault'] ?? ''}`)
    }
    expect('calls', seen, [
      ...Array.from({ length: struck }, () => `${status} of-${n}`),
      ...Array.from({ length: limit }, () => '200 '),
      ...['429 ', '429 ']
    ])
    expect('missing KBs', ids(await ask(device)), left)
    const clock = await emulator.inject({ url: `/_emulator/clock?tenant=${id}`, headers: { host } })
    expect('clock', clock.json().now, new Date(Date.parse(time) + (n + 1) * hour).toISOString())
  }

  await Promise.all(Array.from({ length: 200 }, (_, n) => live(n)))
  t.same(wrong, [])
  t.equal(control.tenants().value.filter(({ changes }) => changes).length, 200)
})
