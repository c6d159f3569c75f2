import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'
import openapiTS, { astToString } from 'openapi-typescript'
import t from 'tap'
import { documentedDevice, emulated, everything, secret, tenant } from './emulator.js'
import { compiled } from './typescript.js'

/*
 * What a user of the documents does first: generate a client. openapi-typescript writes the types, openapi-fetch calls.
 */

/** What such a user writes. It is compiled strictly, then run. */
const sample = `
import createClient from 'openapi-fetch'
import type { paths as Api } from './api.js'
import type { paths as Control } from './control.js'

export function clients(baseUrl: string, token: string) {
  const headers = { authorization: 'Bearer ' + token }
  return { api: createClient<Api>({ baseUrl, headers }), control: createClient<Control>({ baseUrl }) }
}
type Clients = ReturnType<typeof clients>

export async function missing({ api }: Clients, Id: string) {
  const { data, error } = await api.GET('/api/Software/{Id}/getmissingkbs', {
    params: { path: { Id }, query: { $filter: 'cveAddressed gt 0', $orderby: 'id', $top: 2, $count: true } }
  })
  if (error !== undefined) throw new Error(error.error.code)
  // @ts-expect-error: a KB has no such property
  data.value[0]?.severity
  return data.value.map(kb => ({
    id: kb.id satisfies string | null,
    products: kb.productsNames.join(),
    devices: kb.machineMissedOn satisfies number,
    of: data['@odata.count'] satisfies number | undefined
  }))
}

export async function refused({ api }: Clients) {
  const { data, error, response } = await api.GET('/api/machines/{machineId}/getmissingkbs', {
    params: { path: { machineId: '0'.repeat(40) } }
  })
  return { data, code: error?.error.code, status: response.status }
}

export async function machine({ api }: Clients, machineId: string) {
  const { data } = await api.GET('/api/machines/{machineId}', { params: { path: { machineId } } })
  const addresses: (string | null)[] | undefined = data?.ipAddresses?.map(({ ipAddress }) => ipAddress)
  return { name: data?.computerDnsName, health: data?.healthStatus, addresses }
}

export async function machines({ api }: Clients) {
  const { data } = await api.GET('/api/machines', { params: { query: { $top: 3, $select: 'id,computerDnsName' } } })
  // @ts-expect-error: $top is a number
  const wrong = () => api.GET('/api/machines', { params: { query: { $top: 'all' } } })
  // @ts-expect-error: there is no such page
  const absent = () => api.GET('/api/devices')
  return data === undefined || wrong === undefined || absent === undefined ? [] : data.value.map(({ id }) => id)
}

export async function tagged({ api }: Clients) {
  const query = { tag: 'no such', useStartsWithFilter: true }
  const { data } = await api.GET('/api/machines/findbytag', { params: { query } })
  return data?.value.length
}

export async function exported({ api }: Clients) {
  const { data } = await api.GET('/api/machines/SoftwareVulnerabilitiesByMachine', {
    params: { query: { pageSize: 5 } }
  })
  const files = await api.GET('/api/machines/SoftwareVulnerabilitiesExport', { params: { query: { sasValidHours: 2 } } })
  // @ts-expect-error: a delta needs a time to start from
  const wrong = () => api.GET('/api/machines/SoftwareVulnerabilityChangesByMachine', {})
  return {
    rows: data?.value.map(row => row.cvssScore satisfies number) ?? wrong,
    more: data?.['@odata.nextLink'],
    files: files.data?.exportFiles
  }
}

export async function model({ api }: Clients) {
  const { data: xml } = await api.GET('/api/$metadata', { params: { query: { $format: 'xml' } }, parseAs: 'text' })
  const { data: json } = await api.GET('/api/$metadata', {
    params: { query: { $format: 'json' } },
    headers: { accept: 'application/json' }
  })
  return { xml: xml satisfies string | object | undefined, json }
}

export async function signIn({ api }: Clients, tenant: string, client_id: string, client_secret: string) {
  const { data } = await api.POST('/{tenant}/oauth2/v2.0/token', {
    params: { path: { tenant } },
    body: {
      grant_type: 'client_credentials',
      client_id,
      client_secret,
      scope: 'https://api.securitycenter.microsoft.com/.default'
    },
    bodySerializer: body => new URLSearchParams({ ...body })
  })
  return data?.access_token.split('.').length
}

export async function strings({ control }: Clients, id: string, kb: string) {
  const path = { id, kb }
  const installed = await control.PUT('/_emulator/machines/{id}/updates/{kb}', { params: { path } })
  const { data } = await control.POST('/_emulator/tokens')
  const expired = await control.POST('/_emulator/tokens', { body: { expiresIn: -60 } })
  // @ts-expect-error: there is no such algorithm
  const wrong = () => control.POST('/_emulator/tokens', { body: { alg: 'ES256' } })
  const info = await control.GET('/_emulator/info')
  const invariants = await control.GET('/_emulator/invariants', { params: { query: {} } })
  await control.POST('/_emulator/reset')
  return {
    status: installed.response.status,
    token: data?.access_token ?? wrong,
    expired: expired.data?.claims,
    info: info.data,
    violations: invariants.data
  }
}
`

t.test('a client that is generated from the documents compiles, and calls the emulator', async t => {
  const folder = t.testdir({ 'package.json': '{"type":"module"}', 'sample.ts': sample })
  for (const [name, file] of [
    ['openapi', 'api'],
    ['control', 'control']
  ] as const) {
    const committed = fileURLToPath(new URL(`../../openapi/${name}.json`, import.meta.url))
    const types = await openapiTS(JSON.parse(readFileSync(committed, 'utf8')))
    // Not as .d.ts: those are taken on trust when libraries are.
    writeFileSync(`${folder}/${file}.ts`, astToString(types))
  }
  t.same(compiled(folder, ['sample.ts']), [], 'strictly, with every wrong use found')

  const emulator = await emulated(t)
  const address = await emulator.listen({ port: 0 })
  const { access_token } = await emulator.control.mint()
  const client = await import(pathToFileURL(`${folder}/sample.js`).href)
  const clients = client.clients(address, access_token)

  const missing = await client.missing(clients, 'microsoft-_-edge')
  t.match(missing, [{ id: /^\d+$/, products: 'edge', devices: Number, of: Number }, { id: /^\d+$/ }])
  t.equal(missing.length, 2)
  t.same(await client.refused(clients), { data: undefined, code: 'ResourceNotFound', status: 404 })
  t.match(await client.machine(clients, documentedDevice), { name: String, health: String, addresses: [String] })
  t.match(await client.machines(clients), [String, String, String])
  t.equal(await client.tagged(clients), 0)
  const { rows, more, files } = await client.exported(clients)
  t.equal(rows.length, 5)
  t.match(more, /pagesize=5&\$skiptoken=/)
  t.match(files, [/^http:/])
  const { xml, json } = await client.model(clients)
  t.match(xml, /^<\?xml/)
  t.match(json, { $Version: '4.01' })
  t.equal(await client.signIn(clients, tenant, everything, secret), 3, 'a token')

  const pulled = await client.strings(clients, documentedDevice, missing[0].id)
  t.match(pulled, { status: 204, token: String, expired: { exp: Number }, info: { version: String } })
})
