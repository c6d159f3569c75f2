import t from 'tap'
import { Clock } from '../../src/clock.js'
import type { Emulator } from '../../src/index.js'
import { limitsOf, Throttle } from '../../src/traffic/throttle.js'
import { emulated, everything, softwareOnly, tenant } from '../emulator.js'

const time = '2026-11-23T12:00:00Z'
const host = 'localhost:6330'
const kbs = '/api/Software/microsoft-_-edge/getmissingkbs'

async function call(emulator: Emulator, url: string, app = everything) {
  const { access_token } = await emulator.control.mint({ clientId: app })
  return emulator.inject({ url, headers: { host, authorization: `Bearer ${access_token}` } })
}

t.test('the documented limits, by route', async t => {
  const cases: [string, number, number][] = [
    ['/api/machines', 100, 1500],
    ['/api/machines/:machineId', 100, 1500],
    ['/api/machines/:machineId/vulnerabilities', 50, 1500],
    ['/api/machines/SoftwareInventoryByMachine', 30, 1000],
    ['/api/machines/SoftwareVulnerabilityChangesByMachine', 30, 1000],
    ['/api/machines/SoftwareInventoryExport', 5, 20],
    ['/api/machines/SoftwareVulnerabilitiesExport', 5, 20],
    ['/api/Software/:Id/getmissingkbs', 50, 1500],
    ['/api/vulnerabilities', 50, 1500]
  ]
  for (const [route, inMinute, inHour] of cases) {
    t.same(
      limitsOf('documented', route),
      [
        { calls: inMinute, seconds: 60 },
        { calls: inHour, seconds: 3600 }
      ],
      route
    )
  }
  t.same(limitsOf('off', '/api/machines'), [])
  t.same(limitsOf('7/10s', '/api/machines'), [{ calls: 7, seconds: 10 }])
})

t.test('windows slide, per application, tenant and endpoint', async t => {
  const clock = new Clock({ time, frozen: true })
  let now = Date.parse(time)
  clock.now = () => now
  const throttle = new Throttle(clock, '2/1m')
  const ask = (application = 'a', of = 'one', route = '/api/machines') =>
    throttle.call(of, application, route)?.retryAfter
  t.equal(ask(), undefined)
  now += 20_000
  t.equal(ask(), undefined)
  now += 10_500
  t.equal(ask(), 30, 'until the first of the two is a minute old, rounded up')
  t.equal(ask('b'), undefined, 'another application')
  t.equal(ask('a', 'two'), undefined, 'another tenant')
  t.equal(ask('a', 'one', '/api/Software'), undefined, 'another endpoint')
  now += 29_500
  t.equal(ask(), undefined, 'the first has left the window; what was refused did not count')
  t.equal(ask(), 20)
  throttle.set('one', 'off')
  t.equal(ask(), undefined)
  throttle.reset('one')
  t.equal(ask(), undefined, 'a reset forgets what was used')
})

t.test('over the API, and an hour passes in a call', async t => {
  const emulator = await emulated(t, { throttle: 'documented', time, frozen: true })
  t.throws(() => emulator.control.throttle.set('0/1m'), { name: 'Malformed', message: /off, documented, or a number/ })
  const url = '/api/machines/SoftwareInventoryExport'
  for (let n = 0; n < 5; n++) t.equal((await call(emulator, url)).statusCode, 200)
  const late = await call(emulator, url)
  t.equal(late.statusCode, 429)
  t.equal(late.headers['retry-after'], '60')
  t.match(late.json().error, {
    code: '429',
    message:
      'API calls quota exceeded! Maximum allowed 5 per 00:01:00 for the key Destination+TenantID+AppID. You can send requests again in 60 seconds.'
  })
  t.match(late.headers['x-emulator-reason'], /wait as Retry-After says/)
  t.equal((await call(emulator, kbs)).statusCode, 200, 'another endpoint')
  t.equal((await call(emulator, kbs, softwareOnly)).statusCode, 200)
  for (let minutes = 0; minutes < 3; minutes++) {
    emulator.control.clock.advance({ by: 'PT1M' })
    for (let n = 0; n < 5; n++) t.equal((await call(emulator, url)).statusCode, 200)
  }
  emulator.control.clock.advance({ by: 'PT1M' })
  const hourly = await call(emulator, url)
  t.equal(hourly.statusCode, 429)
  t.match(hourly.json().error.message, /Maximum allowed 20 per 01:00:00/)
  t.equal(hourly.headers['retry-after'], '3360')
  emulator.control.clock.advance({ by: 'PT1H' })
  t.equal((await call(emulator, url)).statusCode, 200)
})

t.test('limits of a tenant over HTTP', async t => {
  const emulator = await emulated(t, { time, frozen: true })
  const pull = (method: string, payload?: object) =>
    emulator.inject({ method, url: '/_emulator/throttle', headers: { host }, ...(payload && { payload }) })
  t.same((await pull('GET')).json(), { limits: 'off' })
  t.same((await pull('PUT', { limits: '1/1h' })).json(), { limits: '1/1h' })
  t.equal((await call(emulator, kbs)).statusCode, 200)
  t.equal((await call(emulator, kbs)).statusCode, 429)
  for (const limits of ['1', '1/0s', 'many', '-1/1m', '1/1d'])
    t.equal((await pull('PUT', { limits })).statusCode, 400, limits)
  emulator.control.reset(tenant)
  t.same((await pull('GET')).json(), { limits: 'off' })
  t.equal((await call(emulator, kbs)).statusCode, 200)
})
