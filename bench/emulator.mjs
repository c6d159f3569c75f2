// The emulator under measurement.
import { fileURLToPath } from 'node:url'
import { ask } from './processes.mjs'

export const command = fileURLToPath(new URL('../dist/cli.js', import.meta.url))
export const path = '/api/Software/microsoft-_-edge/getmissingkbs'

const tenant = 'aaaabbbb-0000-cccc-1111-dddd2222eeee'
const form = new URLSearchParams({
  grant_type: 'client_credentials',
  client_id: '00001111-aaaa-2222-bbbb-3333cccc4444',
  client_secret: 'Aa1Bb~2Cc3.-Dd4Ee5Ff6Gg7Hh8Ii9_Jj0Kk1Ll2',
  scope: 'https://api.securitycenter.microsoft.com/.default'
}).toString()

/** Gets a token the documented way. */
export async function tokenOf(url) {
  const { body } = await ask(`${url}/${tenant}/oauth2/v2.0/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: form
  })
  return JSON.parse(body).access_token
}

/** Gets a token and calls getmissingkbs. */
export async function called(url) {
  const answer = await ask(url + path, { headers: { authorization: `Bearer ${await tokenOf(url)}` } })
  if (answer.status !== 200) throw new Error(`getmissingkbs answered ${answer.status}: ${answer.body}`)
  return answer
}
