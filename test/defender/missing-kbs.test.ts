import t from 'tap'
import { documentedDevice, emulated, get, rows } from '../emulator.js'

const bySoftware = '/api/Software/microsoft-_-edge/getmissingkbs'
const byDevice = `/api/machines/${documentedDevice}/getmissingkbs`
const context = 'http://localhost:6330/api/$metadata#Collection(microsoft.windowsDefenderATP.api.PublicProductFixDto)'

t.test('by software: the example of the page get-missing-kbs-software', async t => {
  const emulator = await emulated(t)
  const answer = (await get(emulator, bySoftware)).json()
  t.same(Object.keys(answer), ['@odata.context', 'value'], 'no count unasked')
  t.equal(answer['@odata.context'], context)
  const row = answer.value.find(({ id }: { id: string }) => id === '4540673')
  t.equal(
    JSON.stringify(row),
    '{"id":"4540673","name":"March 2020 Security Updates","osBuild":18363,"productsNames":["edge"],' +
      '"url":"https://catalog.update.microsoft.com/v7/site/Search.aspx?q=KB4540673","machineMissedOn":240,"cveAddressed":14}'
  )
})

t.test('by device: the example of the page get-missing-kbs-machine', async t => {
  const emulator = await emulated(t)
  const answer = (await get(emulator, byDevice)).json()
  t.same(Object.keys(answer), ['@odata.context', '@odata.count', 'value'], 'the count unasked (observed)')
  t.equal(answer['@odata.count'], answer.value.length)
  t.match(
    answer.value.find(({ id }: { id: string }) => id === '4540673'),
    { productsNames: ['windows_10', 'edge', 'internet_explorer'], machineMissedOn: 1, cveAddressed: 97, osBuild: 18363 }
  )
})

t.test('--profile documented is the page to the letter', async t => {
  const emulator = await emulated(t, { profile: 'documented' })
  const software = (await get(emulator, bySoftware)).json()
  t.equal(
    JSON.stringify(software.value.find(({ id }: { id: string }) => id === '4540673')),
    '{"id":"4540673","name":"March 2020 Security Updates","productsNames":["edge"],' +
      '"url":"https://catalog.update.microsoft.com/v7/site/Search.aspx?q=KB4540673","machineMissedOn":240,"cveAddressed":14}'
  )
  const device = (await get(emulator, byDevice)).json()
  t.notOk('@odata.count' in device)
  t.equal((await get(emulator, `${byDevice}?$count=true`)).json()['@odata.count'], device.value.length, 'unless asked')
  t.same(Object.keys((await rows(emulator, '/api/Software'))[0]), [
    'id',
    'name',
    'vendor',
    'weaknesses',
    'publicExploit',
    'activeAlert',
    'exposedMachines',
    'impactScore'
  ])
  t.match((await get(emulator, `/api/machines/${documentedDevice}`)).json()['@odata.context'], /#Machine$/)
  t.match((await get(emulator, `${bySoftware}?$select=osBuild,id`)).json().value[0], { id: String })
  t.notOk('osBuild' in (await get(emulator, `${bySoftware}?$select=osBuild,id`)).json().value[0])
})

t.test('every way to write the path', async t => {
  const emulator = await emulated(t)
  const expected = (await get(emulator, bySoftware)).json().value
  for (const url of [
    '/api/software/microsoft-_-edge/getmissingkbs',
    '/API/SOFTWARE/MICROSOFT-_-EDGE/GETMISSINGKBS',
    '/api/v1.0/Software/microsoft-_-edge/getmissingkbs',
    '/api/V1.0/software/microsoft-_-edge/getMissingKbs',
    '/api/Software/microsoft%2D_%2Dedge/getmissingkbs',
    '/api/Software/microsoft-_-edge/getmissingkbs/',
    '/api//Software/microsoft-_-edge//getmissingkbs',
    "/api/Software('microsoft-_-edge')/getmissingkbs",
    "/api/Software('microsoft-_-edge')/GetMissingKbs()",
    "/api/Software('microsoft-_-edge')/microsoft.windowsDefenderATP.api.GetMissingKbs()",
    "/api/Software('microsoft-_-edge')/microsoft.windowsDefenderATP.api.GetMissingKbs",
    '/api/Software(%27microsoft-_-edge%27)/microsoft.windowsDefenderATP.api.GetMissingKbs()/',
    "/api/v1.0/software(id='microsoft-_-edge')/microsoft.windowsdefenderatp.api.getmissingkbs()",
    '/api/Software/microsoft-_-edge/microsoft.windowsDefenderATP.api.GetMissingKbs()'
  ]) {
    const response = await get(emulator, url)
    t.equal(response.statusCode, 200, `${url}: ${response.body.slice(0, 200)}`)
    t.same(response.json().value, expected, url)
    const prefix = /^\/api\/v1\.0/i.test(url) ? '/api/v1.0' : '/api'
    t.ok(response.json()['@odata.context'].startsWith(`http://localhost:6330${prefix}/$metadata#`), url)
  }
  for (const id of ['microsoft-_-.net_framework', 'microsoft-_-%2Enet_framework', 'microsoft-_-edge_chromium-based']) {
    t.equal((await get(emulator, `/api/Software/${id}/getmissingkbs`)).statusCode, 200, id)
  }
  t.ok((await rows(emulator, '/api/Software/microsoft-_-.net_framework/getmissingkbs')).length > 0)
  for (const url of [
    `/api/machines/${documentedDevice.toUpperCase()}/getmissingkbs`,
    `/api/Machines('${documentedDevice}')/microsoft.windowsDefenderATP.api.GetMissingKbs()`
  ]) {
    t.equal((await get(emulator, url)).json().value.length, (await rows(emulator, byDevice)).length, url)
  }
})

t.test('what is not there', async t => {
  const emulator = await emulated(t)
  for (const [url, status, code, message] of [
    ['/api/Software/acme-_-anvil/getmissingkbs', 404, 'ResourceNotFound', 'Software acme-_-anvil was not found'],
    [
      '/api/Software/microsoft-_-exchange_server_9999/getmissingkbs',
      404,
      'ResourceNotFound',
      'Software microsoft-_-exchange_server_9999 was not found'
    ],
    ['/api/Software/x', 404, 'ResourceNotFound', 'Software x was not found'],
    [
      `/api/machines/${'0'.repeat(40)}/getmissingkbs`,
      404,
      'ResourceNotFound',
      `Machine ${'0'.repeat(40)} was not found`
    ],
    ['/api/machines/nobody.example', 404, 'ResourceNotFound', 'Machine nobody.example was not found'],
    [
      '/api/Software/microsoft-_-edge/getmissingkb',
      404,
      'NotFound',
      "No HTTP resource was found that matches the request 'GET /api/Software/microsoft-_-edge/getmissingkb'."
    ],
    ['/api/nothing', 404, 'NotFound', /./],
    [
      `/api/machines/${documentedDevice}/alerts`,
      501,
      'NotImplementedInEmulator',
      /It serves: GET \/api\/Software, GET \/api\/Software\/\{Id\}, /
    ],
    ['/api/indicators', 501, 'NotImplementedInEmulator', /./],
    ['/api/alerts/x', 501, 'NotImplementedInEmulator', /./],
    ['/api/users', 501, 'NotImplementedInEmulator', /./]
  ] as const) {
    const response = await get(emulator, url)
    t.equal(response.statusCode, status, url)
    t.match(response.json(), { error: { code, message, target: /^[0-9a-f-]{36}$/ } }, url)
    t.match(response.headers['x-emulator-reason'], /./, url)
    const bare = await emulator.inject({ url })
    t.equal(bare.statusCode, 401, `${url} without a token`)
  }
  t.same(await rows(emulator, '/api/Software/google-_-chrome/getmissingkbs'), [], 'known software without missing KBs')
})

t.test('quirk unknown-software-empty', async t => {
  const emulator = await emulated(t, { quirks: ['unknown-software-empty'] })
  const response = await get(emulator, '/api/Software/acme-_-anvil/getmissingkbs')
  t.equal(response.statusCode, 200)
  t.same(response.json().value, [])
  t.equal((await get(emulator, '/api/Software/acme-_-anvil')).statusCode, 404, 'the software itself is still unknown')
})

t.test('quirk hide-superseded', async t => {
  const [plain, quirky] = [await emulated(t), await emulated(t, { quirks: ['hide-superseded'] })]
  const [all, outermost] = [await rows(plain, byDevice), await rows(quirky, byDevice)]
  t.ok(outermost.length > 0 && outermost.length < all.length, `${outermost.length} of ${all.length}`)
  t.notOk(
    outermost.some(({ id }) => id === '4540673'),
    'a later one contains it'
  )
})

t.test('newest release first, then by id', async t => {
  const emulator = await emulated(t)
  const months = 'January February March April May June July August September October November December'.split(' ')
  const when = (name: string) => Number(name.split(' ')[1]) * 12 + months.indexOf(name.split(' ')[0]!)
  const list = await rows(emulator, '/api/Software/microsoft-_-windows_10/getmissingkbs')
  t.ok(list.length > 20)
  for (let i = 1; i < list.length; i++)
    t.ok(when(list[i - 1].name) >= when(list[i].name), `${list[i - 1].name}, ${list[i].name}`)
})

t.test('query options work on every property', async t => {
  const emulator = await emulated(t)
  const all = await rows(emulator, byDevice)
  const asked = (search: string) => rows(emulator, `${byDevice}?${search}`)
  t.same(
    await asked('$filter=cveAddressed+gt+90'),
    all.filter(row => row.cveAddressed > 90)
  )
  t.same(
    await asked("$filter=id%20eq%20'4540673'"),
    all.filter(row => row.id === '4540673')
  )
  t.same(
    await asked("$filter=productsNames/any(p:+p+eq+'edge')+AND+osBuild+eq+18363"),
    all.filter(row => row.productsNames.includes('edge'))
  )
  t.same(
    await asked("$filter=contains(url,'KB4540673')"),
    all.filter(row => row.id === '4540673')
  )
  t.same(await asked('$filter=machineMissedOn+ne+1'), [])
  t.same(await asked('$top=2&$skip=1'), all.slice(1, 3))
  t.same(
    await asked('$orderby=cveAddressed+desc,id&$top=1'),
    [...all].sort((a, b) => b.cveAddressed - a.cveAddressed || (a.id < b.id ? -1 : 1)).slice(0, 1)
  )
  t.same(await asked('$select=id,cveAddressed&$top=1'), [{ id: all[0].id, cveAddressed: all[0].cveAddressed }])
  t.same(await asked('$format=json&pageSize=3&top=1'), all)
  const counted = (await get(emulator, `${bySoftware}?$count=true&$top=1`)).json()
  t.equal(counted['@odata.count'], (await rows(emulator, bySoftware)).length)
  const plain = await get(emulator, `${byDevice}/$count`)
  t.equal(plain.body, String(all.length))
  t.match(plain.headers['content-type'], /^text\/plain/)
  t.equal(
    (await get(emulator, `${byDevice}/$count?$filter=cveAddressed+gt+90`)).body,
    String(all.filter(row => row.cveAddressed > 90).length)
  )
})

t.test('what is malformed is 400 ODataError, and says where', async t => {
  const emulator = await emulated(t)
  for (const search of [
    '$filter=nope+eq+1',
    "$filter=id+eq+'x",
    `$filter=${'('.repeat(10_000)}`,
    '$orderby=nope',
    '$select=nope',
    '$top=-1',
    '$top=10001',
    '$skip=a',
    '$count=1',
    '$format=xml',
    '$expand=x',
    '$unknown=1'
  ]) {
    const response = await get(emulator, `${bySoftware}?${search}`)
    t.equal(response.statusCode, 400, search.slice(0, 40))
    t.match(response.json(), {
      error: { code: 'ODataError', message: /^The query specified in the URI is not valid\. \$.*; expected / }
    })
    t.match(response.headers['x-emulator-reason'], /expected/)
  }
  const unknown = await get(emulator, '/api/Software/acme-_-anvil/getmissingkbs?$top=x')
  t.equal(unknown.statusCode, 400, 'the query is read before the world')
})

t.test('a patched device changes both lists at once', async t => {
  const emulator = await emulated(t)
  const counted = async () => (await rows(emulator, bySoftware)).find(({ id }) => id === '4540673').machineMissedOn
  const listed = async () => (await rows(emulator, byDevice)).some(({ id }) => id === '4540673')
  t.equal(await counted(), 240)
  emulator.control.installUpdate(documentedDevice, '4540673')
  t.equal(await counted(), 239)
  t.notOk(await listed())
  emulator.control.uninstallUpdate(documentedDevice, '4540673')
  t.equal(await counted(), 240)
  t.ok(await listed())
  emulator.control.installUpdate(documentedDevice, '4540673')
  emulator.control.reset()
  t.equal(await counted(), 240)
})
