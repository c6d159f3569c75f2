import t from 'tap'
import { documentedDevice, emulated, get, rows } from '../emulator.js'

t.test(
  'one recommendation per product through which a device is exposed, and per configuration that one lacks',
  async t => {
    const emulator = await emulated(t)
    const answer = (await get(emulator, '/api/recommendations')).json()
    t.equal(answer['@odata.count'], answer.value.length, 'the count unasked (observed)')
    const exposed = (await rows(emulator, '/api/Software')).filter(({ exposedMachines }) => exposedMachines > 0)
    const ids: string[] = answer.value.map(({ id }: { id: string }) => id)
    t.same(
      ids.filter(id => id.startsWith('va-_-')),
      exposed.map(({ id }) => `va-_-${id}`)
    )
    t.match(
      answer.value.find(({ id }: { id: string }) => id === 'sca-_-scid-2500'),
      {
        recommendationName: 'Block executable content from email client and webmail',
        recommendationCategory: 'SecurityControls',
        remediationType: 'ConfigurationChange',
        exposureImpact: 0
      }
    )
    t.match(
      answer.value.find(({ id }: { id: string }) => id === 'va-_-google-_-chrome'),
      { recommendedVersion: '149.0.7812.98', publicExploit: true, hasUnpatchableCve: false }
    )
    t.match(
      answer.value.find(({ id }: { id: string }) => id === 'va-_-microsoft-_-edge'),
      {
        productName: 'edge',
        recommendationName: 'Update Edge',
        vendor: 'microsoft',
        recommendedVersion: '',
        recommendationCategory: 'Application',
        remediationType: 'Update',
        status: 'Active',
        totalMachineCount: 240,
        exposedMachinesCount: 240
      }
    )
    t.ok((await rows(emulator, "/api/recommendations?$filter=recommendationCategory+eq+'OS'&$orderby=id")).length > 0)
    t.equal((await get(emulator, '/api/recommendations?$filter=weaknesses+gt+1')).statusCode, 400)
  }
)

t.test('what it is about', async t => {
  const emulator = await emulated(t)
  const url = '/api/recommendations/va-_-microsoft-_-edge'
  const one = (await get(emulator, url.replace('edge', 'EDGE'))).json()
  t.match(one['@odata.context'], /#Recommendations\/\$entity$/)
  const product = (await get(emulator, `${url}/software`, 'Software.Read.All')).json()
  t.equal(
    product['@odata.context'],
    'http://localhost:6330/api/$metadata#Analytics.Contracts.PublicAPI.PublicProductDto'
  )
  t.match(product, { id: 'microsoft-_-edge', weaknesses: one.weaknesses })
  t.notOk('distributions' in product)
  t.equal(
    (await get(emulator, `${url}/software`, 'SecurityRecommendation.Read.All')).statusCode,
    403,
    'as the page says'
  )
  t.equal((await rows(emulator, `${url}/machineReferences`)).length, one.exposedMachinesCount)
  t.equal((await rows(emulator, `${url}/vulnerabilities`)).length, one.weaknesses)
  t.equal((await get(emulator, `${url}/vulnerabilities`, 'SecurityRecommendation.Read.All')).statusCode, 403)
  const all = (await rows(emulator, '/api/recommendations')).map(({ id }) => id)
  const own = await rows(emulator, `/api/machines/${documentedDevice}/recommendations`)
  t.ok(own.length > 0 && own.every(({ id }) => all.includes(id)))
  for (const id of [
    'va-_-putty-_-putty',
    'sca-_-scid-2010',
    'va-_-acme-_-anvil',
    'microsoft-_-edge',
    'sca-_-scid-9999'
  ]) {
    for (const path of ['', '/software', '/machineReferences', '/vulnerabilities']) {
      const unknown = await get(emulator, `/api/recommendations/${id}${path}`)
      t.equal(unknown.statusCode, 404, `${id}${path}`)
      t.match(unknown.json().error.message, `Recommendation ${id} was not found`)
    }
  }
})

t.test('a configuration', async t => {
  const emulator = await emulated(t)
  const url = '/api/recommendations/sca-_-scid-2500'
  const one = (await get(emulator, url)).json()
  t.equal((await rows(emulator, `${url}/machineReferences`)).length, one.exposedMachinesCount)
  t.same(await rows(emulator, `${url}/vulnerabilities`), [])
  const software = await get(emulator, `${url}/software`)
  t.equal(software.statusCode, 404)
  t.match(software.json().error.message, 'Software of recommendation sca-_-scid-2500 was not found')
  const [{ id }] = await rows(emulator, `${url}/machineReferences`)
  const own = await rows(emulator, `/api/machines/${id}/recommendations`)
  t.ok(own.some(row => row.id === 'sca-_-scid-2500'))
})

t.test('a recommendation that everybody has followed is gone', async t => {
  const id = 'a'.repeat(40)
  const emulator = await emulated(t, {
    machines: 0,
    fixtures: {
      products: [{ vendor: 'acme', name: 'anvil' }],
      cves: [{ id: 'CVE-2026-7000001', severity: 'Moderate' }],
      updates: [
        { id: '7700001', released: '2026-05-12', fixes: [{ product: 'acme-_-anvil', cves: ['CVE-2026-7000001'] }] }
      ],
      machines: [{ id, computerDnsName: 'one', os: 'Ubuntu', software: [{ id: 'acme-_-anvil' }], missing: ['7700001'] }]
    }
  })
  t.match(await rows(emulator, '/api/recommendations'), [
    { id: 'va-_-acme-_-anvil', recommendationName: 'Update Anvil', exposedMachinesCount: 1, weaknesses: 1 }
  ])
  t.match(await rows(emulator, '/api/vulnerabilities'), [
    { id: 'CVE-2026-7000001', severity: 'Medium', publishedOn: '2026-05-12T00:00:00Z', exposedMachines: 1 }
  ])
  emulator.control.installUpdate(id, '7700001')
  t.same(await rows(emulator, '/api/recommendations'), [])
  t.same(await rows(emulator, '/api/vulnerabilities'), [])
  t.same((await emulator.control.invariants()).violations, [])
})
