import { request } from 'node:http'
import t from 'tap'
import { createEmulator } from '../src/index.js'
import { documentedDevice, emulated, everything, form, get, keys, resource, rows, secret, tenant } from './emulator.js'

const bySoftware = '/api/Software/microsoft-_-edge/getmissingkbs'

t.test('two emulators in one process share nothing', async t => {
  const [one, two] = [await createEmulator({ seed: 7 }), await createEmulator({ seed: 7 })]
  t.teardown(() => Promise.all([one.close(), two.close()]))
  const [a, b] = [await one.listen({ port: 0 }), await two.listen({ port: 0 })]
  t.not(a, b)
  one.control.installUpdate(documentedDevice, '4540673')
  const missed = async (emulator: typeof one) =>
    (await rows(emulator, bySoftware)).find(({ id }) => id === '4540673').machineMissedOn
  t.equal(await missed(one), 239)
  t.equal(await missed(two), 240)
  two.control.reset()
  t.equal(await missed(one), 239, 'nor a reset')
  const foreign = await two.inject({ url: bySoftware, headers: await one.headers() })
  t.equal(foreign.statusCode, 401, 'nor tokens')
  t.match(foreign.headers['x-emulator-reason'], /unknown key/)
  await one.close()
  t.equal((await fetch(`${b}/healthz`)).status, 200, 'nor their end')
})

t.test('the same seed gives the same answers, another seed others', async t => {
  const [one, same, other] = [
    await emulated(t, { seed: 7 }),
    await emulated(t, { seed: 7 }),
    await emulated(t, { seed: 8 })
  ]
  const url = '/api/machines?$select=id,computerDnsName,osPlatform'
  t.same(await rows(one, url), await rows(same, url))
  t.notSame(await rows(one, url), await rows(other, url))
})

t.test('over HTTP as a client does it', async t => {
  const emulator = await emulated(t)
  const base = await emulator.listen({ port: 0 })
  const token = await fetch(`${base}/${tenant}/oauth2/v2.0/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: everything,
      client_secret: secret,
      scope: `${resource}/.default`
    })
  })
  const { access_token } = (await token.json()) as { access_token: string }
  const answer = await fetch(base + bySoftware, { headers: { authorization: `Bearer ${access_token}` } })
  const body = (await answer.json()) as { '@odata.context': string; value: { id: string }[] }
  t.match(body['@odata.context'], base)
  t.match(
    body.value.find(({ id }) => id === '4540673'),
    { machineMissedOn: 240, cveAddressed: 14 }
  )
})

t.test('a form without Content-Type, and Expect: 100-continue', async t => {
  const emulator = await emulated(t)
  const { port } = new URL(await emulator.listen({ port: 0 }))
  const payload = form({
    grant_type: 'client_credentials',
    client_id: everything,
    client_secret: secret,
    scope: `${resource}/.default`
  })
  for (const headers of [{}, { expect: '100-continue', 'content-type': 'application/x-www-form-urlencoded' }]) {
    const status = await new Promise(resolve => {
      const asked = request(
        {
          port,
          method: 'POST',
          path: `/${tenant}/oauth2/v2.0/token`,
          headers: { ...headers, 'content-length': payload.length }
        },
        response => {
          response.resume()
          resolve(response.statusCode)
        }
      )
      asked.on('continue', () => asked.end(payload))
      if (!('expect' in headers)) asked.end(payload)
    })
    t.equal(status, 200, JSON.stringify(headers))
  }
})

t.test('an emulator that is closed answers no more, and closing twice is fine', async t => {
  const emulator = await createEmulator({ keys })
  const base = await emulator.listen({ port: 0 })
  await Promise.all([emulator.close(), emulator.close()])
  await t.rejects(fetch(`${base}/healthz`))
})

t.test('await using', async t => {
  let base = ''
  {
    await using emulator = await createEmulator({ keys })
    base = await emulator.listen({ port: 0 })
    await emulator.ready
    t.equal((await fetch(`${base}/readyz`)).status, 200)
  }
  await t.rejects(fetch(`${base}/healthz`))
})

t.test('a wrong setting is refused before anything is started', async t => {
  await t.rejects(createEmulator({ machines: -1 }), { name: 'UsageError', message: /option machines is -1/ })
  await t.rejects(createEmulator({ scenario: 'atypical' }), { message: /did you mean typical\?/ })
  await t.rejects(createEmulator({ nonsense: 1 } as object), { message: /unknown option nonsense/ })
})

t.test('headers() gives a good token, of all permissions or of some', async t => {
  const emulator = await emulated(t)
  t.equal((await emulator.inject({ url: bySoftware, headers: await emulator.headers() })).statusCode, 200)
  t.equal((await get(emulator, '/api/machines', 'Software.Read.All')).statusCode, 403)
})

t.test('the page at / links what is there', async t => {
  const emulator = await emulated(t)
  const page = await emulator.inject({ url: '/' })
  t.match(page.headers['content-type'], /^text\/html/)
  for (const [, href] of page.body.matchAll(/href="([^"]+)"/g)) {
    t.equal((await emulator.inject({ url: href! })).statusCode, 200, href)
  }
})

t.test('large worlds answer the same question', async t => {
  const emulator = await emulated(t, { machines: 20_000 })
  t.match(
    (await rows(emulator, bySoftware)).find(({ id }) => id === '4540673'),
    { machineMissedOn: 240, cveAddressed: 14 }
  )
  t.equal((await get(emulator, '/api/machines/$count')).body, '20000')
})
