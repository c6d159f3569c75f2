import { Ajv } from 'ajv'
import t from 'tap'
import { endpoints } from '../../src/defender/endpoints/index.js'
import { learnPages } from '../../src/defender/learn.js'
import { emulated, get } from '../emulator.js'

const pages = learnPages()
const examples = pages.flatMap(page => page.examples.map(example => ({ page, example })))

t.test('every page that is served has its example, or prints none', async t => {
  for (const { doc, operationId } of endpoints) {
    const page = pages.find(candidate => candidate.page.endsWith(`/${doc}`))
    if (page === undefined) t.fail(`${doc} is not transcribed`)
    const printed = page?.examples.some(example => example.operationId === operationId)
    const none = page?.pageErrors.some(({ at, printed }) => at === 'response' && printed === 'none')
    t.ok(printed !== none, operationId)
  }
})

t.test('--scenario learn answers them verbatim', async t => {
  const emulator = await emulated(t, { scenario: 'learn', time: '2021-05-20T00:00:00Z' })
  for (const { example } of examples) {
    const answer = await get(emulator, example.request)
    t.equal(answer.statusCode, 200, example.request)
    // Only the address is another, which is that of who was asked.
    const local = JSON.stringify(example.body).replace(
      /("@odata\.(?:context|nextLink)":")https:\/\/[^/]+/g,
      '$1http://localhost:6330'
    )
    t.equal(answer.body, local, example.operationId)
    const next = answer.json()['@odata.nextLink']?.slice('http://localhost:6330'.length)
    if (next !== undefined) t.same((await get(emulator, next)).json().value, [], 'there is no more')
  }
  const vendor = await emulated(t, { scenario: 'learn', publicUrl: 'https://api.securitycenter.microsoft.com' })
  const { body, request } = examples.find(({ example }) => example.operationId === 'getMissingKbsBySoftware')!.example
  t.same((await get(vendor, request)).json(), body, "under the vendor's name the address is the page's too")
  t.match(emulator.notices, [/--scenario learn/])
})

t.test('nothing else is there', async t => {
  const emulator = await emulated(t, { scenario: 'learn' })
  for (const url of [
    '/api/Software/google-_-chrome',
    '/api/machines/x/getmissingkbs',
    '/api/vulnerabilities/CVE-2020-0768'
  ]) {
    const unknown = await get(emulator, url)
    t.match([unknown.statusCode, unknown.json().error.code], [404, 'ResourceNotFound'], url)
  }
  t.same((await get(emulator, '/api/machines/findbytag?tag=x')).json().value, [])
  t.match((await get(emulator, '/api/Software/MICROSOFT-_-EDGE/getMissingKbs?$select=id')).json().value, [
    { id: '4540673' }
  ])
  t.equal((await emulator.inject({ url: '/api/Software' })).statusCode, 401)
  t.equal((await get(emulator, '/api/Software', 'Machine.Read.All')).statusCode, 403)
  t.same((await emulator.control.invariants()).violations, [])
})

/**
 * Properties that the type's own page documents, or other pages of the type show, and that an example lacks: the examples
 * are older than the types.
 */
const absent: Record<string, string> = {
  getMachine: 'deviceValue onboardingStatus osArchitecture ipAddresses',
  listMachines: 'deviceValue onboardingStatus osArchitecture ipAddresses',
  getRecommendation: 'recommendedVendor recommendedProgram hasUnpatchableCve',
  listRecommendationsByMachine: 'recommendedVendor recommendedProgram hasUnpatchableCve tags exposedCriticalDevices',
  getVulnerability: 'cvssVector firstDetected cveSupportability tags epss',
  listVulnerabilitiesByMachine: 'cvssVector firstDetected cveSupportability tags epss',
  listVulnerabilitiesByRecommendation: 'cvssVector firstDetected cveSupportability tags epss',
  listVulnerabilitiesBySoftware: 'cvssVector firstDetected cveSupportability tags epss',
  exportSoftwareVulnerabilitiesByMachine: 'cvssScore',
  exportSoftwareVulnerabilityChangesByMachine: 'cvssScore securityUpdateAvailable'
}

t.test('every example conforms to the documented profile', async t => {
  const ajv = new Ajv({
    strict: false,
    formats: { int32: true, int64: true, float: true, double: true, 'date-time': true, uuid: true }
  })
  for (const { page, example } of examples) {
    const endpoint = endpoints.find(({ operationId }) => operationId === example.operationId)!
    const { of, undocumented = [] } = endpoint
    t.equal((example.body['@odata.context'] as string).split('#')[1], endpoint.context('documented'), 'its context')
    const shown = Object.keys(of.properties).filter(name => ![...of['x-observed'], ...undocumented].includes(name))
    const { '@odata.context': _, ...alone } = example.body
    const rows = endpoint.kind === 'single' ? [alone] : (example.body.value as Record<string, unknown>[])
    const conforms = ajv.compile({ ...of, $id: undefined, required: [] })
    for (const row of rows) {
      t.ok(conforms(row), `${example.operationId} ${JSON.stringify(conforms.errors)}`)
      const strange = Object.keys(row).filter(name => !shown.includes(name))
      const known = strange.every(name => page.pageErrors.some(({ at }) => at.endsWith(`/${name}`)))
      t.ok(known, `${example.operationId}: ${strange}`)
    }
    const lacking = shown.filter(name => !rows.some(row => name in row))
    t.equal(lacking.join(' '), absent[example.operationId] ?? '', example.operationId)
  }
})
