import t from 'tap'
import { Machine } from '../../src/model/machine.js'
import { MissingKb } from '../../src/model/missing-kb.js'
import { contextUrl } from '../../src/odata/context.js'
import { entityOf } from '../../src/odata/entity.js'
import { compile } from '../../src/odata/evaluate.js'
import { parseFilter } from '../../src/odata/filter.js'
import { canonicalInstant } from '../../src/odata/lexer.js'
import { applyCount, nextSearch, page, type Rows, select } from '../../src/odata/page.js'
import { canonicalPath } from '../../src/odata/path.js'
import { parseQuery } from '../../src/odata/query.js'
import { Chance } from '../../src/world/chance.js'

const kb = entityOf(MissingKb)
const machine = entityOf(Machine)
const rules = { maxTop: 10_000 }
const kbs: Record<string, unknown>[] = [
  {
    id: '1',
    name: 'March 2020',
    osBuild: 18363,
    productsNames: ['edge', 'windows_10'],
    machineMissedOn: 1,
    cveAddressed: 97
  },
  { id: '2', name: 'april 2020', osBuild: null, productsNames: [], machineMissedOn: 240, cveAddressed: 0 },
  { id: '3', name: "O'Neil's", osBuild: 18362, productsNames: ['edge'], machineMissedOn: 2, cveAddressed: 14 }
]
const ids = (rows: readonly object[]) => rows.map(row => (row as { id: string }).id).join('')
const listed = <T>(rows: Rows<T>): T[] => Array.from({ length: rows.length }, (_, index) => rows.at(index)!)
const filtered = (text: string) => ids(kbs.filter(compile(parseFilter(text, kb))))

t.test('a filter keeps the rows it should', async t => {
  for (const [text, expected] of [
    ['true', '123'],
    ['false', ''],
    ['null', ''],
    ['cveAddressed gt 14', '1'],
    ['cveAddressed ge 14', '13'],
    ['cveAddressed lt 14.5', '23'],
    ['cveAddressed le 0', '2'],
    ["name eq 'march 2020'", ''],
    ["tolower(name) eq 'march 2020'", '1'],
    ["name eq 'O''Neil''s'", '3'],
    ["contains(name,'2020')", '12'],
    ["startswith(name,'a')", '2'],
    ["endswith(name,'s')", '3'],
    ['length(name) eq 8', '3'],
    ["id in ('1','3','9')", '13'],
    ['osBuild in (18362, null)', '23'],
    // Null: equal to null only, never less or greater.
    ['osBuild eq null', '2'],
    ['osBuild ne null', '13'],
    ['osBuild gt 0', '13'],
    ['osBuild le 18362', '3'],
    ['not (osBuild gt 0)', '2'],
    ['osBuild ne 18363', '23'],
    ["productsNames/any(p: p eq 'edge')", '13'],
    ["productsNames/all(p: p eq 'edge')", '23'],
    ['productsNames/any()', '13'],
    ["not productsNames/any(p: contains(p,'windows'))", '23'],
    ['cveAddressed eq 97 or cveAddressed eq 0 and osBuild ne null', '1'],
    ['cveAddressed eq machineMissedOn', '']
  ] as const) {
    t.equal(filtered(text), expected, text)
  }
})

t.test('enumerations, guids, dates and complex types compare as what they are', async t => {
  const rows = [
    {
      id: 'a',
      riskScore: 'High',
      lastSeen: '2026-06-29T10:00:00.5Z',
      aadDeviceId: '80fe8ff8-2624-418e-9591-41f0491218f9',
      vmMetadata: { cloudProvider: 'Azure', vmId: 'x' },
      ipAddresses: [{ ipAddress: '10.0.0.1', type: 'Ethernet' }]
    },
    {
      id: 'b',
      riskScore: 'Low',
      lastSeen: '2026-06-29T10:00:00Z',
      aadDeviceId: null,
      vmMetadata: null,
      ipAddresses: []
    },
    { id: 'c', riskScore: null, lastSeen: null, aadDeviceId: null, vmMetadata: null, ipAddresses: [] }
  ]
  for (const [text, expected] of [
    ["riskScore eq 'High'", 'a'],
    ["riskScore eq microsoft.windowsDefenderATP.api.RiskScore'High'", 'a'],
    // By member value: Low is 10, Informational 5.
    ["riskScore gt 'Informational'", 'ab'],
    ["riskScore lt 'High'", 'b'],
    // An unknown member matches nothing, and everything is unequal to it (assumed).
    ["riskScore eq 'Immense'", ''],
    ["riskScore in ('High','Immense')", 'a'],
    ['riskScore eq null', 'c'],
    ['lastSeen gt 2026-06-29T10:00:00Z', 'a'],
    ['lastSeen ge 2026-06-29T12:00:00%2B02:00', 'ab'],
    ['lastSeen eq 2026-06-29T10:00:00.500Z', 'a'],
    ['lastSeen lt 2026-06-30', 'ab'],
    ['aadDeviceId eq 80FE8FF8-2624-418E-9591-41F0491218F9', 'a'],
    ["aadDeviceId eq '80fe8ff8-2624-418e-9591-41f0491218f9'", 'a'],
    ["vmMetadata/cloudProvider eq 'Azure'", 'a'],
    ['vmMetadata eq null', 'bc'],
    ["ipAddresses/any(i: i/type eq 'Ethernet')", 'a']
  ] as const) {
    const { filter } = parseQuery(`$filter=${text.replaceAll(' ', '+')}`, machine, rules)
    t.equal(ids(rows.filter(filter!.test)), expected, text)
  }
})

t.test('random filters agree with an evaluation that was written separately', async t => {
  const chance = new Chance('random filters')
  let roll = 0
  const below = (n: number) => chance.below(n, roll++, 0)
  const pick = <T>(choices: readonly T[]): T => choices[below(choices.length)]!
  type Row = Record<string, unknown>
  type Made = { text: string; holds: (row: Row) => boolean }

  const leaf = (): Made => {
    const number = pick([0, 2, 14, 97, 18_362])
    switch (below(6)) {
      case 0: {
        const name = pick(['cveAddressed', 'machineMissedOn', 'osBuild'])
        const [operator, compare] = pick([
          ['eq', (a: unknown) => a === number],
          ['ne', (a: unknown) => a !== number],
          ['gt', (a: unknown) => a !== null && (a as number) > number],
          ['ge', (a: unknown) => a !== null && (a as number) >= number],
          ['lt', (a: unknown) => a !== null && (a as number) < number],
          ['le', (a: unknown) => a !== null && (a as number) <= number]
        ] as const)
        return { text: `${name} ${operator} ${number}`, holds: row => compare(row[name]) }
      }
      case 1: {
        const text = pick(['March', '2020', 'a', "'", ''])
        const written = text.replaceAll("'", "''")
        return { text: `contains(name,'${written}')`, holds: row => String(row.name).includes(text) }
      }
      case 2: {
        const list = [pick(['1', '2']), pick(['3', '9'])]
        return { text: `id in ('${list.join("', '")}')`, holds: row => list.includes(String(row.id)) }
      }
      case 3: {
        const name = pick(['edge', 'windows_10', 'x'])
        return {
          text: `productsNames/any(p: p eq '${name}')`,
          holds: row => (row.productsNames as string[]).includes(name)
        }
      }
      case 4:
        return { text: 'osBuild eq null', holds: row => row.osBuild === null }
      default:
        return { text: `length(name) gt 8`, holds: row => String(row.name).length > 8 }
    }
  }
  /** With and without the parentheses that the precedence makes superfluous. */
  const make = (depth: number): Made & { binds: number } => {
    if (depth === 0 || below(4) === 0) return { ...leaf(), binds: 3 }
    const kind = below(3)
    if (kind === 0) {
      const { text, holds } = make(depth - 1)
      return { text: `not (${text})`, holds: row => !holds(row), binds: 3 }
    }
    const [a, b] = [make(depth - 1), make(depth - 1)]
    const binds = kind === 1 ? 2 : 1
    const wrap = (side: { text: string; binds: number }) =>
      side.binds < binds || below(5) === 0 ? `(${side.text})` : side.text
    return kind === 1
      ? { text: `${wrap(a)} and ${wrap(b)}`, holds: row => a.holds(row) && b.holds(row), binds }
      : { text: `${wrap(a)} or ${wrap(b)}`, holds: row => a.holds(row) || b.holds(row), binds }
  }
  for (let i = 0; i < 2_000; i++) {
    const { text, holds } = make(4)
    const found = ids(kbs.filter(compile(parseFilter(text, kb))))
    const expected = ids(kbs.filter(holds))
    if (found !== expected) t.equal(found, expected, text)
  }
  t.ok(roll > 10_000, `${roll} rolls`)
})

t.test('$orderby sorts by several keys, null lowest, and keeps ties in place', async t => {
  const ordered = async (text: string) => {
    const query = parseQuery(`$orderby=${text.replaceAll(' ', '+')}`, kb, rules)
    return ids(listed((await page(kbs, query, { pageSize: 10 })).value))
  }
  t.equal(await ordered('cveAddressed'), '231')
  t.equal(await ordered('cveAddressed desc'), '132')
  t.equal(await ordered('OSBUILD'), '231')
  t.equal(await ordered('osBuild desc'), '132')
  t.equal(await ordered('name'), '132', 'by code unit, not by locale')
  t.equal(await ordered('length asc'.replace('length', 'url')), '123', 'ties stay in place')
  t.equal(await ordered('osBuild asc,id desc'), '231')
  const risks = [{ riskScore: 'High' }, { riskScore: 'Informational' }, { riskScore: null }, { riskScore: 'Low' }]
  const { orderby } = parseQuery('$orderby=riskScore', machine, rules)
  t.same(
    [...risks].sort(orderby!.compare).map(({ riskScore }) => riskScore),
    [null, 'Informational', 'Low', 'High'],
    'enumerations by value'
  )
})

t.test('options that cannot be understood are named', async t => {
  for (const [search, expected] of [
    ['$top=-1', /\$top: found '-1'; expected a whole number from 0/],
    ['$top=1.5', /\$top: found '1\.5'/],
    ['$top=abc', /\$top: found 'abc'/],
    ['$top=10001', /\$top: 10001 is too many; expected at most 10000/],
    ['$top=99999999999999999999', /\$top: found/],
    ['$skip=x', /\$skip: found 'x'/],
    ['$count=yes', /\$count: found 'yes'; expected true or false/],
    ['$count=TRUE', /\$count: found 'TRUE'/],
    ['$format=xml', /\$format: found 'xml'; expected json/],
    ['$select=id,foo', /\$select at position 4: there is no property 'foo'/],
    ['$select=id,,name', /\$select at position 4: nothing stands here/],
    ['$select=productsNames/x', /\$select at position 1: there is no property/],
    ['$orderby=id up', /\$orderby at position 4: found 'up'; expected asc or desc/],
    ['$orderby=productsNames', /\$orderby at position 1: productsNames is a collection/],
    ['$orderby=nope', /\$orderby at position 1: there is no property 'nope'/],
    ['$expand=software', /\$expand: this query option is not served here; expected one of \$filter/],
    ['$search=x', /\$search/],
    ['$apply=x', /\$apply/],
    ['$skiptoken=x', /\$skiptoken/],
    ['$Filter=true', /\$Filter/],
    ['$=x', /\$: this query option/],
    ['$top=1&$top=2', /\$top: it stands here twice/],
    ['$filter=', /\$filter: it is empty/],
    ['%24top=x', /\$top/]
  ] as const) {
    t.throws(() => parseQuery(search, kb, rules), { name: 'ODataError', message: expected }, search)
  }
})

t.test('what clients send is understood', async t => {
  for (const search of [
    '',
    'pageSize=10000',
    'top=50&skip=0&id=..&name=..&vendor=..',
    '%24top=10&%24skip=5',
    'resource=x&client_id=y&client_secret=%zz&grant_type=client_credentials',
    '$format=json',
    '$format=application/json;odata.metadata=minimal',
    '$count=true&$top=20&$skip=20',
    '$top=100&',
    '&&$top=1&',
    '$top=+5',
    '$select=*',
    '$select=id,%20name',
    '$orderby=id%20desc,%20name',
    '$top=0'
  ]) {
    t.ok(parseQuery(search, kb, rules), search)
  }
  t.same(parseQuery('top=1', kb, rules), { skip: 0, count: false }, 'without $ it is ignored')
  t.same(parseQuery('$select=url,ID', kb, rules).select, ['id', 'url'], "in the entity's order")
})

t.test('pages', async t => {
  const ten = Array.from({ length: 10 }, (_, i) => ({ id: String(i), cveAddressed: i }))
  const paged = (search: string) => page(ten, parseQuery(search, kb, rules), { pageSize: 4 })
  t.match(await paged(''), { value: { length: 4 }, nextSkip: 4 })
  t.match(await paged('$skip=4'), { value: { length: 4 }, nextSkip: 8 })
  t.equal((await paged('$skip=8')).nextSkip, undefined, 'the last page has no next')
  t.equal((await paged('$skip=6')).nextSkip, undefined, 'a full last page has no next either')
  t.same(listed((await paged('$skip=10')).value), [], 'past the end a page is empty')
  t.same(listed((await paged('$skip=999999')).value), [])
  t.equal((await paged('$top=4')).nextSkip, undefined, '$top suppresses the link')
  t.equal((await paged('$top=6')).value.length, 6, '$top may exceed a page')
  t.equal((await paged('$top=0')).value.length, 0)
  t.match(await paged('$count=true&$top=2'), { count: 10, value: { length: 2 } }, 'the count is of all')
  t.match(await paged('$count=true&$filter=cveAddressed+gt+6'), { count: 3 })
  t.equal((await paged('$count=false')).count, undefined)
  t.equal(
    await applyCount(ten, parseQuery('$filter=cveAddressed+gt+6&$top=1', kb, rules)),
    3,
    '/$count looks at $filter only'
  )
  const lookups: number[] = []
  const keyed = {
    length: ten.length,
    at: (index: number) => {
      lookups.push(index)
      return ten[index]
    },
    where: (equal: ReadonlyMap<string, unknown>) =>
      equal.has('id') ? ten.filter(({ id }) => id === equal.get('id')) : undefined
  }
  const ask = async (search: string) =>
    listed((await page(keyed, parseQuery(search, kb, rules), { pageSize: 4 })).value).map(({ id }) => id)
  t.same(await ask("$filter=id+eq+'3'+and+cveAddressed+gt+2"), ['3'])
  t.same(await ask("$filter=id+eq+'3'+and+cveAddressed+gt+3"), [], 'the rest of the filter still holds')
  t.same(lookups, [], 'without looking at all')
  t.same(await ask("$filter=id+eq+'3'+or+id+eq+'4'"), ['3', '4'], 'but not below or')
  t.same(await ask("$filter=not(id+eq+'3')&$top=1"), ['0'], 'nor below not')
  t.same(select({ id: '1', name: 'x', url: 'y' }, ['id', 'url']), { id: '1', url: 'y' })
})

t.test('$orderby over many rows keeps only what the page needs, and finds the same', async t => {
  const chance = new Chance('order')
  const many = Array.from({ length: 9_000 }, (_, index) => ({
    id: String(index),
    osBuild: chance.below(9, index, 0) === 0 ? null : chance.below(40, index, 1),
    cveAddressed: chance.below(7, index, 2)
  }))
  for (const search of ['$orderby=osBuild+desc,cveAddressed&$top=25', '$orderby=cveAddressed&$skip=100&$top=30']) {
    const query = parseQuery(search, kb, rules)
    const expected = [...many].sort(query.orderby!.compare).slice(query.skip, query.skip + query.top!)
    t.same(listed((await page(many, query, { pageSize: 4 })).value), expected, search)
  }
  const query = parseQuery('$orderby=id&$filter=cveAddressed+eq+3&$count=true', kb, rules)
  const { value, count, nextSkip } = await page(many, query, { pageSize: 4 })
  const expected = many.filter(({ cveAddressed }) => cveAddressed === 3).sort((a, b) => (a.id < b.id ? -1 : 1))
  t.same(listed(value), expected.slice(0, 4))
  t.same([count, nextSkip], [expected.length, 4])
})

t.test('a scan ends when nobody waits for it', async t => {
  let looked = 0
  const endless = { length: 1e9, at: () => ({ id: String(looked++) }) }
  const query = parseQuery("$filter=id+eq+'x'&$count=true", kb, rules)
  await t.rejects(page(endless, query, { pageSize: 4, abandoned: () => looked > 5_000 }), { name: 'Abandoned' })
  await t.rejects(
    applyCount(endless, query, () => true),
    { name: 'Abandoned' }
  )
  t.ok(looked < 10_000, `${looked} rows`)
})

t.test('the next link repeats the options and nothing else', async t => {
  t.equal(nextSearch('', '$skip=4'), '$skip=4')
  t.equal(nextSearch('$skip=4', '$skip=8'), '$skip=8')
  t.equal(
    nextSearch('%24filter=id%20eq%20%271%27&client_secret=s3cret&$skip=2&pageSize=3', '$skip=9'),
    '$filter=id%20eq%20%271%27&$skip=9'
  )
  t.equal(nextSearch('%zz=1', '$skip=3'), '$skip=3')
})

t.test('keys in parentheses and bound functions become plain paths', async t => {
  for (const [path, expected] of [
    ['/api/Software', '/api/Software'],
    ["/api/Software('microsoft-_-edge')", '/api/Software/microsoft-_-edge'],
    ["/api/Software(id='microsoft-_-edge')", '/api/Software/microsoft-_-edge'],
    ['/api/Software(%27microsoft-_-edge%27)', '/api/Software/microsoft-_-edge'],
    ['/api/Software%28%27x%27%29', '/api/Software/x'],
    ["/api/Software('x')/microsoft.windowsDefenderATP.api.GetMissingKbs()", '/api/Software/x/GetMissingKbs'],
    ["/api/Software('x')/Microsoft.WindowsDefenderATP.Api.GetMissingKbs", '/api/Software/x/GetMissingKbs'],
    ["/api/Software('x')/GetMissingKbs()", '/api/Software/x/GetMissingKbs'],
    ["/api/Software('it''s')", "/api/Software/it's"],
    ["/api/Software('a%2Fb')", '/api/Software/a%2Fb'],
    ["/api/Software('')", "/api/Software('')"],
    ['/api/Software(5)', '/api/Software(5)'],
    [
      "/api/machines/findbyip(ip='1.2.3.4',timestamp=2026-01-01T00:00:00Z)",
      "/api/machines/findbyip/(ip%3D'1.2.3.4'%2Ctimestamp%3D2026-01-01T00%3A00%3A00Z)"
    ],
    ['/api/Software(%zz', '/api/Software(%zz'],
    ['/api/%24metadata', '/api/$metadata'],
    ['/api/machines/%24count', '/api/machines/$count'],
    ["/api/Software('microsoft-_-.net_framework')", '/api/Software/microsoft-_-.net_framework']
  ] as const) {
    t.equal(canonicalPath(path), expected, path)
  }
})

t.test('contexts', async t => {
  t.equal(contextUrl('http://h/api', 'Machines'), 'http://h/api/$metadata#Machines')
  t.equal(contextUrl('http://h/api', 'Machines', ['id', 'version']), 'http://h/api/$metadata#Machines(id,version)')
  t.equal(contextUrl('http://h/api', 'Machines/$entity', ['id']), 'http://h/api/$metadata#Machines(id)/$entity')
})

t.test('instants are canonical, so that text compares as time does', async t => {
  for (const [text, expected] of [
    ['2018-08-01Z', '2018-08-01T00:00:00'],
    ['2018-08-01', '2018-08-01T00:00:00'],
    ['2019-11-22T00:00:00Z', '2019-11-22T00:00:00'],
    ['2019-11-22T00:00Z', '2019-11-22T00:00:00'],
    ['2019-11-22T00:00:00.1230000Z', '2019-11-22T00:00:00.123'],
    ['2019-11-22t01:00:00+01:00', '2019-11-22T00:00:00'],
    ['2019-11-22T00:00:00', undefined],
    ['2019-02-29', undefined],
    ['2019-11-22T25:00:00Z', undefined],
    ['yesterday', undefined]
  ] as const) {
    t.equal(canonicalInstant(text), expected, text)
  }
})
