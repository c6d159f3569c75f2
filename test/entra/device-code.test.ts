import { decodeJwt } from 'jose'
import t from 'tap'
import { Clock } from '../../src/clock.js'
import type { Emulator } from '../../src/index.js'
import { emulated, everything, resource, softwareOnly, tenant } from '../emulator.js'
import { flowOf, host, named, post, token, user } from './sign-in.js'

const small = { machines: 0 }
const grant_type = 'urn:ietf:params:oauth:grant-type:device_code'
const page = '/common/oauth2/deviceauth'
const fabrikam = 'bbbbcccc-1111-dddd-2222-eeee3333ffff'
const fixtures = {
  tenants: [{ id: fabrikam, domain: 'fabrikam.onmicrosoft.com', name: 'Fabrikam' }],
  users: [{ name: 'blake@fabrikam.com', scopes: ['Machine.Read'], tenant: fabrikam }]
}

async function begin(emulator: Emulator, fields: Record<string, string> = {}, authority: string = tenant) {
  const response = await post(emulator, `/${authority}/oauth2/v2.0/devicecode`, {
    client_id: everything,
    scope: `${named} offline_access openid profile`,
    ...fields
  })
  return response.json()
}

const poll = (emulator: Emulator, device_code: string, more: Record<string, string> = {}, authority?: string) =>
  token(emulator, { grant_type, device_code, ...more }, authority)

t.test('the answer', async t => {
  const emulator = await emulated(t, small)
  const v2 = await begin(emulator)
  t.same(Object.keys(v2), ['user_code', 'device_code', 'verification_uri', 'expires_in', 'interval', 'message'])
  t.match(v2, {
    user_code: /^[A-Z2-9]{9}$/,
    verification_uri: `http://${host}${page}`,
    expires_in: 900,
    interval: 5,
    message: new RegExp(
      `^To sign in, use a web browser to open the page http://${host}${page} and enter the code ${v2.user_code} to authenticate\\.$`
    )
  })
  const v1 = (await post(emulator, `/${tenant}/oauth2/devicecode`, { client_id: everything, resource })).json()
  t.match(v1, { verification_url: `http://${host}${page}`, expires_in: '900', interval: '5' })
  t.equal((await emulator.inject({ url: `/${tenant}/oauth2/v2.0/devicecode` })).statusCode, 405)
})

t.test('approved on the page', async t => {
  const emulator = await emulated(t, small)
  const { user_code, device_code } = await begin(emulator)
  for (let i = 0; i < 3; i++) {
    const waiting = await poll(emulator, device_code)
    t.equal(waiting.statusCode, 400)
    t.match(waiting.json(), { error: 'authorization_pending', error_codes: [70016] }, 'never slow_down')
  }
  const first = await emulator.inject({ url: page, headers: { host } })
  t.equal(first.statusCode, 200)
  t.match(first.headers['content-security-policy'], /^default-src 'none'/)
  const wrong = await post(emulator, page, { flow: flowOf(first), user_code: '<i>WRONG</i>' })
  t.equal(wrong.statusCode, 400)
  t.match(wrong.body, 'AADSTS70018')
  t.notMatch(wrong.body, '<i>')
  const typed = `${user_code.slice(0, 4).toLowerCase()}-${user_code.slice(4)} `
  const second = await post(emulator, page, { flow: flowOf(wrong), user_code: typed })
  t.match(second.body, user_code)
  t.match(second.body, 'Software.Read')
  t.notMatch(second.body, device_code)
  const answer = { flow: flowOf(second), user: user.username, decision: 'approve' }
  t.match((await post(emulator, page, answer)).body, 'Approved')
  t.match((await post(emulator, page, answer)).body, 'AADSTS50089', 'the page is good for one answer')
  const got = await poll(emulator, device_code)
  t.match(got.json(), { scope: named, refresh_token: String, id_token: String })
  t.match(decodeJwt(got.json().access_token), { scp: 'Software.Read', upn: user.username, appidacr: '0' })
  t.same((await poll(emulator, device_code)).json().error_codes, [54005], 'good once')
})

t.test('declined on the page, and what was decided stays', async t => {
  const emulator = await emulated(t, small)
  const { user_code, device_code } = await begin(emulator)
  const code = async () => {
    const first = await emulator.inject({ url: `${page}?user_code=${user_code}`, headers: { host } })
    t.match(first.body, `value="${user_code}"`)
    return post(emulator, page, { flow: flowOf(first), user_code })
  }
  const second = await code()
  t.match((await post(emulator, page, { flow: flowOf(second), decision: 'decline' })).body, 'Declined')
  t.match((await poll(emulator, device_code)).json(), { error: 'authorization_declined', error_codes: [65004] })
  t.match((await code()).body, 'AADSTS90120')
})

t.test('the control plane does what the user would', async t => {
  const emulator = await emulated(t, { ...small, fixtures })
  const [approved, declined, other] = [
    await begin(emulator),
    await begin(emulator),
    await begin(emulator, {}, 'common')
  ]
  const control = (path: string, payload?: object) =>
    emulator.inject({
      method: payload === undefined ? 'GET' : 'POST',
      url: `/_emulator/device-codes${path}`,
      ...(payload && { payload }),
      headers: { host }
    })
  const list = (await control('')).json().value
  t.match(list, [
    {
      userCode: approved.user_code,
      clientId: everything,
      tenant,
      scopes: ['Software.Read'],
      state: 'pending',
      user: null
    },
    { userCode: declined.user_code },
    { userCode: other.user_code, tenant: null }
  ])
  t.notMatch(JSON.stringify(list), approved.device_code, 'the device code is a secret')
  t.equal((await control(`/${approved.user_code.toLowerCase()}/approve`, {})).statusCode, 204)
  t.equal((await control(`/${declined.user_code}/decline`, {})).statusCode, 204)
  t.equal((await control(`/${other.user_code}/approve`, { user: 'nobody@x' })).statusCode, 404)
  t.equal((await control(`/${other.user_code}/approve`, { usr: 'x' })).statusCode, 400)
  t.equal((await control(`/${other.user_code}/approve`, { user: 'blake@fabrikam.com' })).statusCode, 204)
  t.equal((await control(`/${approved.user_code}/approve`, {})).statusCode, 409)
  t.equal((await control('/NOTTHERE1/approve', {})).statusCode, 404)
  t.equal((await poll(emulator, approved.device_code)).statusCode, 200)
  t.match((await poll(emulator, declined.device_code)).json(), { error: 'authorization_declined' })
  const theirs = await poll(emulator, other.device_code, {}, 'organizations')
  t.match(decodeJwt(theirs.json().access_token), { tid: fabrikam, upn: 'blake@fabrikam.com' })
  t.match(
    emulator.control.deviceCodes().map(({ state }) => state),
    ['redeemed', 'declined', 'redeemed']
  )
  emulator.control.reset()
  t.same(emulator.control.deviceCodes(), [])
  t.match((await poll(emulator, approved.device_code)).json(), { error: 'bad_verification_code', error_codes: [70018] })
})

t.test('what is refused', async t => {
  const emulator = await emulated(t, { ...small, fixtures })
  const { device_code } = await begin(emulator)
  for (const [name, fields, authority, code, error] of [
    ['nonsense', { device_code: 'x' }, tenant, 70018, 'bad_verification_code'],
    ['none', { device_code: '' }, tenant, 900144, 'invalid_request'],
    ['another app', { client_id: softwareOnly }, tenant, 70018, 'bad_verification_code'],
    ['another tenant', {}, fabrikam, 70018, 'bad_verification_code']
  ] as const) {
    t.match((await poll(emulator, device_code, fields, authority)).json(), { error, error_codes: [code] }, name)
  }
  for (const [name, fields, authority, code] of [
    ['no app', { client_id: '' }, tenant, 900144],
    ['unknown app', { client_id: tenant }, tenant, 700016],
    ['no scope', { scope: '' }, tenant, 900144],
    ['another API', { scope: 'https://graph.microsoft.com/.default' }, tenant, 500011],
    ['personal accounts', {}, 'consumers', 90130]
  ] as const) {
    t.same((await begin(emulator, fields, authority)).error_codes, [code], name)
  }
})

t.test('v1: device_code by the name code', async t => {
  const emulator = await emulated(t, small)
  const { user_code, device_code } = (
    await post(emulator, `/common/oauth2/devicecode`, { client_id: everything, resource })
  ).json()
  const fields = { grant_type: 'device_code', code: device_code, resource }
  t.match((await token(emulator, fields, 'common', '')).json(), { error: 'authorization_pending' })
  emulator.control.approveDevice(user_code)
  t.match((await token(emulator, fields, 'common', '')).json(), { resource, expires_in: '3599', refresh_token: String })
})

t.test('fifteen minutes', async t => {
  let ahead = 0
  const { now: real } = Clock.prototype
  t.teardown(() => {
    Clock.prototype.now = real
  })
  Clock.prototype.now = function (this: Clock) {
    return real.call(this) + ahead
  }
  const emulator = await emulated(t, { ...small, time: '2026-06-30T12:00:00Z', frozen: true })
  const { user_code, device_code } = await begin(emulator)
  ahead = 900_000 - 1
  t.match((await poll(emulator, device_code)).json(), { error: 'authorization_pending' })
  ahead++
  t.match((await poll(emulator, device_code)).json(), { error: 'expired_token', error_codes: [70020] })
  t.throws(() => emulator.control.approveDevice(user_code), { name: 'Contradiction' })
  t.match(emulator.control.deviceCodes(), [{ state: 'expired' }])
})
