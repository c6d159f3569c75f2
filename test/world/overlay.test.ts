import t from 'tap'
import type { FixtureFile } from '../../src/index.js'
import { createEmulator } from '../../src/index.js'
import { documentedDevice, emulated, get, keys, rows } from '../emulator.js'

const device = 'a'.repeat(40)
const minimal = { id: device, computerDnsName: 'one.example.test', os: 'Windows10', build: 19045 }
const other = '99999999-2222-3333-4444-555555555555'

t.test("the user's own facts come true", async t => {
  const emulator = await emulated(t, {
    machines: 0,
    fixtures: {
      products: [{ vendor: 'acme', name: 'anvil' }],
      cves: [
        { id: 'CVE-2026-7000001', severity: 'Critical', publicExploit: true },
        { id: 'CVE-2026-7000002', severity: 'Low' }
      ],
      updates: [
        { id: '7700001', released: '2026-05-12', fixes: [{ product: 'acme-_-anvil', cves: ['CVE-2026-7000001'] }] },
        {
          id: '7700002',
          released: '2026-06-09',
          supersedes: ['7700001'],
          fixes: [{ product: 'acme-_-anvil', cves: ['CVE-2026-7000001', 'CVE-2026-7000002'] }]
        }
      ],
      machines: [
        {
          ...minimal,
          version: '22H2',
          software: [{ id: 'acme-_-anvil', version: '1.2' }],
          missing: ['7700001', '7700002'],
          tags: ['lab'],
          group: 'Workshop'
        }
      ]
    }
  })
  t.match(await rows(emulator, '/api/Software/acme-_-anvil/getmissingkbs'), [
    { id: '7700002', osBuild: null, productsNames: ['anvil'], machineMissedOn: 1, cveAddressed: 2 },
    { id: '7700001', name: 'May 2026 Security Updates', cveAddressed: 1 }
  ])
  t.match((await get(emulator, `/api/machines/${device}`)).json(), {
    id: device,
    computerDnsName: 'one.example.test',
    osPlatform: 'Windows10',
    version: '22H2',
    osBuild: 19045,
    machineTags: ['lab'],
    rbacGroupName: 'Workshop',
    exposureLevel: 'High'
  })
  t.match((await get(emulator, '/api/Software/acme-_-anvil')).json(), {
    weaknesses: 2,
    publicExploit: true,
    exposedMachines: 1
  })
  emulator.control.installUpdate(device, '7700002')
  t.same(await rows(emulator, '/api/Software/acme-_-anvil/getmissingkbs'), [])
  t.same((await emulator.control.invariants()).violations, [])
})

t.test('a device of the generated fleet may be replaced by its id', async t => {
  const emulator = await emulated(t, {
    fixtures: { machines: [{ ...minimal, id: documentedDevice, computerDnsName: 'mine' }] }
  })
  t.equal((await rows(emulator, '/api/machines')).length, 500)
  t.match((await get(emulator, `/api/machines/${documentedDevice}`)).json(), {
    computerDnsName: 'mine',
    osBuild: 19045
  })
  t.match(
    (await rows(emulator, '/api/Software/microsoft-_-edge/getmissingkbs')).find(({ id }) => id === '4540673'),
    { machineMissedOn: 239 }
  )
  t.same((await emulator.control.invariants()).violations, [])
})

t.test('apps, users and tenants', async t => {
  const clientId = '33334444-dddd-5555-eeee-6666ffff7777'
  const emulator = await emulated(t, {
    fixtures: {
      tenants: [{ id: other, domain: 'fabrikam.com', name: 'Fabrikam' }],
      apps: [{ clientId, secrets: ['s3cret'], roles: ['Software.Read.All'], tenant: other }],
      users: [{ name: 'kim@fabrikam.com', scopes: ['Software.Read'], tenant: other }],
      machines: [{ ...minimal, tenant: other }]
    }
  })
  const token = await emulator.inject({
    method: 'POST',
    url: '/fabrikam.com/oauth2/v2.0/token',
    payload: `grant_type=client_credentials&client_id=${clientId}&client_secret=s3cret&scope=https://api.securitycenter.microsoft.com/.default`
  })
  t.equal(token.statusCode, 200)
  const headers = { authorization: `Bearer ${token.json().access_token}` }
  const url = `/api/machines/${device}/getmissingkbs`
  t.equal((await emulator.inject({ url, headers })).statusCode, 200)
  t.equal((await get(emulator, url)).statusCode, 404, 'the device is of the other tenant only')
})

t.test('an unknown field or a contradiction is refused with its place', async t => {
  const anvil = { products: [{ vendor: 'acme', name: 'anvil' }] }
  for (const [fixtures, message] of [
    [{ machnes: [] }, /at \/: unknown field "machnes"/],
    [{ machines: [{ ...minimal, colour: 'red' }] }, /at \/machines\/0: unknown field "colour"/],
    [
      { machines: [{ ...minimal, duplicateOf: device }] },
      /at \/machines\/0\/duplicateOf: a device cannot duplicate itself/
    ],
    [
      { machines: [{ ...minimal, reported: { lastSeen: 'yesterday' } }] },
      /at \/machines\/0\/reported\/lastSeen: must match/
    ],
    [
      { machines: [{ ...minimal, reported: { firstSeen: '2023-02-29T00:00:00Z' } }] },
      /at \/machines\/0\/reported\/firstSeen: 2023-02-29T00:00:00Z is not an instant of the calendar/
    ],
    [
      { machines: [{ ...minimal, reported: { firstSeen: '2024-01-02T00:00:00Z', lastSeen: '2024-01-01T00:00:00Z' } }] },
      /reported\/lastSeen: 2024-01-01T00:00:00Z is before it was first seen/
    ],
    [{ machines: [{ ...minimal, reported: { healthStatus: 'Fine' } }] }, /reported\/healthStatus: .*Active, Inactive/],
    [{ machines: [{ ...minimal, id: 'short' }] }, /at \/machines\/0\/id: must match pattern .*, found "short"/],
    [
      { machines: [{ id: device, os: 'Windows10' }] },
      /at \/machines\/0: must have required property 'computerDnsName'/
    ],
    [{ apps: [{ clientId: 'x' }] }, /at \/apps\/0\/clientId/],
    [{ cves: [{ id: 'CVE-2026-1', severity: 'Critical' }] }, /at \/cves\/0\/id/],
    [
      { cves: [{ id: 'CVE-2026-7000001', severity: 'High' }] },
      /severity: must be equal to one of .*Critical, Important/
    ],
    [
      { machines: [minimal, { ...minimal, computerDnsName: 'two' }] },
      /at \/machines\/1: a{40} stands at \/machines\/0 already/
    ],
    [
      { machines: [minimal, { ...minimal, id: 'b'.repeat(40) }] },
      /at \/machines\/1\/computerDnsName: one\.example\.test is the name of device a{40} already/
    ],
    [
      { machines: [{ ...minimal, computerDnsName: 'B'.repeat(40) }] },
      /at \/machines\/0\/computerDnsName: B{40} is a device id, not a name/
    ],
    [{ machines: [{ ...minimal, build: undefined }] }, /at \/machines\/0: a Windows10 device needs its "build"/],
    [{ machines: [{ ...minimal, os: 'Windows12' }] }, /at \/machines\/0\/os: "Windows12" is none of/],
    [
      { machines: [{ ...minimal, software: [{ id: 'acme-_-anvil' }] }] },
      /software acme-_-anvil is neither in the catalog/
    ],
    [
      { machines: [{ ...minimal, software: [{ id: 'microsoft-_-windows_11' }] }] },
      /a device with os Windows10 cannot run microsoft-_-windows_11/
    ],
    [
      { machines: [{ ...minimal, software: [{ id: 'google-_-chrome' }, { id: 'google-_-chrome' }] }] },
      /at \/machines\/0\/software\/1\/id: google-_-chrome is listed twice/
    ],
    [{ machines: [{ ...minimal, missing: ['4540673'] }] }, /missing\/0: KB 4540673 fixes nothing that the device runs/],
    [{ machines: [{ ...minimal, missing: ['1234'] }] }, /missing\/0: KB 1234 is neither in the catalog/],
    [
      { machines: [{ ...minimal, build: 18363, missing: ['4540673'] }] },
      /missing\/0: KB 4540673 cannot be missing without KB \d+ of \S+, which contains it/
    ],
    [
      {
        ...anvil,
        updates: [{ id: '7700001', released: '2026-02-30', fixes: [{ product: 'acme-_-anvil', cves: [] }] }]
      },
      /at \/updates\/0\/released: 2026-02-30 is not a day of the calendar/
    ],
    [
      { updates: [{ id: '7700001', released: '2026-02-10', fixes: [{ product: 'acme-_-anvil', cves: [] }] }] },
      /at \/updates\/0\/fixes\/0\/product: software acme-_-anvil/
    ],
    [
      {
        ...anvil,
        updates: [
          { id: '7700001', released: '2026-02-10', fixes: [{ product: 'acme-_-anvil', cves: ['CVE-2026-7000009'] }] }
        ]
      },
      /at \/updates\/0\/fixes\/0\/cves\/0: CVE-2026-7000009 is neither/
    ],
    [
      {
        ...anvil,
        updates: [
          { id: '7700001', released: '2026-02-10', fixes: [{ product: 'acme-_-anvil', cumulative: true, cves: [] }] }
        ]
      },
      /fixes\/0\/cumulative: only an update of a Windows build can be cumulative/
    ],
    [
      {
        ...anvil,
        updates: [
          {
            id: '7700001',
            released: '2026-02-10',
            supersedes: ['7700002'],
            fixes: [{ product: 'acme-_-anvil', cves: [] }]
          },
          { id: '7700002', released: '2026-03-10', fixes: [{ product: 'acme-_-anvil', cves: [] }] }
        ]
      },
      /supersedes\/0: KB 7700001 of 2026-02-10 cannot supersede KB 7700002, released on 2026-03-10/
    ],
    [
      {
        ...anvil,
        updates: [
          {
            id: '7700001',
            released: '2026-02-10',
            supersedes: ['1234'],
            fixes: [{ product: 'acme-_-anvil', cves: [] }]
          }
        ]
      },
      /supersedes\/0: KB 1234 is neither/
    ],
    [
      {
        ...anvil,
        updates: [{ id: '7700001', released: '2026-07-01', fixes: [{ product: 'acme-_-anvil', cves: [] }] }],
        machines: [{ ...minimal, software: [{ id: 'acme-_-anvil' }], missing: ['7700001'] }]
      },
      /missing\/0: KB 7700001 is released on 2026-07-01, after world time \(2026-06-30\)/
    ]
  ] as [object, RegExp][]) {
    await t.rejects(
      createEmulator({ keys, fixtures: fixtures as FixtureFile }),
      { name: 'FixtureError', message },
      String(message)
    )
  }
})

t.test("names of an object's own machinery are names like any other", async t => {
  const emulator = await emulated(t, {
    machines: 0,
    fixtures: {
      products: [{ vendor: 'constructor', name: '__proto__' }],
      machines: [
        {
          id: device,
          computerDnsName: 'constructor',
          os: 'constructor',
          software: [{ id: 'constructor-_-__proto__' }]
        },
        { id: 'b'.repeat(40), computerDnsName: '__proto__', os: '__proto__' }
      ]
    }
  })
  t.match(await rows(emulator, '/api/Software'), [{ id: 'constructor-_-__proto__', installedMachines: 1 }])
  t.equal((await get(emulator, '/api/machines/__proto__')).json().id, 'b'.repeat(40))
  for (const url of ['/api/Software/__proto__', '/api/machines/constructor2', '/api/Software/toString/getmissingkbs']) {
    t.equal((await get(emulator, url)).statusCode, 404, url)
  }
  for (const search of [
    '$filter=__proto__+eq+1',
    '$filter=constructor(id)',
    '$select=toString',
    '$orderby=hasOwnProperty'
  ]) {
    t.equal((await get(emulator, `/api/Software?${search}`)).statusCode, 400, search)
  }
})

t.test('a long chain of updates that supersede each other', async t => {
  const updates = Array.from({ length: 12_000 }, (_, index) => ({
    id: String(10_000_000 + index),
    released: '2026-05-12',
    supersedes: index === 11_999 ? [] : [String(10_000_001 + index)],
    fixes: [{ product: 'acme-_-anvil', cves: [] }]
  }))
  const emulator = await emulated(t, {
    machines: 0,
    fixtures: {
      products: [{ vendor: 'acme', name: 'anvil' }],
      updates,
      machines: [{ ...minimal, os: 'Ubuntu', software: [{ id: 'acme-_-anvil' }] }]
    }
  })
  t.same((await emulator.control.invariants()).violations, [])
})

t.test('a file that cannot be used is named', async t => {
  const folder = t.testdir({ 'bad.json': '{"machines": [', 'list.json': '[]', 'bom.json': '\uFEFF{}' })
  for (const [file, message] of [
    ['none.json', /fixture file .*none\.json: there is no such file/],
    ['.', /it is a folder/],
    ['bad.json', /bad\.json: is not JSON: /],
    ['list.json', /list\.json, at \/: must be object/]
  ] as const) {
    await t.rejects(createEmulator({ keys, fixtures: `${folder}/${file}` }), { name: 'FixtureError', message }, file)
  }
  const emulator = await emulated(t, { fixtures: `${folder}/bom.json` })
  t.ok(emulator, 'a byte order mark is forgiven')
})
