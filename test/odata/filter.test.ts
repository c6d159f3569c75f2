import { createRequire } from 'node:module'
import t from 'tap'
import { Machine } from '../../src/model/machine.js'
import { MissingKb } from '../../src/model/missing-kb.js'
import { entityOf } from '../../src/odata/entity.js'
import { ODataError } from '../../src/odata/errors.js'
import { print } from '../../src/odata/expression.js'
import { parseFilter } from '../../src/odata/filter.js'

const kb = entityOf(MissingKb)
const machine = entityOf(Machine)

t.test('text becomes an expression, with the precedence of OData 4.0 (part 2, 5.1.1.9)', async t => {
  for (const [text, expected] of [
    ["id eq '4540673'", '(eq id "4540673")'],
    ['cveAddressed gt 10', '(gt cveAddressed 10)'],
    ['cveAddressed ge -1.5e2', '(ge cveAddressed -1.5e2)'],
    ['osBuild eq null', '(eq osBuild null)'],
    ['null ne osBuild', '(ne null osBuild)'],
    [
      'cveAddressed gt 1 or cveAddressed lt 2 and osBuild eq 3',
      '(or (gt cveAddressed 1) (and (lt cveAddressed 2) (eq osBuild 3)))'
    ],
    [
      '(cveAddressed gt 1 or cveAddressed lt 2) and osBuild eq 3',
      '(and (or (gt cveAddressed 1) (lt cveAddressed 2)) (eq osBuild 3))'
    ],
    [
      'cveAddressed eq 1 or cveAddressed eq 2 or cveAddressed eq 3',
      '(or (or (eq cveAddressed 1) (eq cveAddressed 2)) (eq cveAddressed 3))'
    ],
    ["not (id eq '1') and osBuild eq 3", '(and (not (eq id "1")) (eq osBuild 3))'],
    ["not contains(name,'x') or true", '(or (not (contains name "x")) true)'],
    ['not not true', '(not (not true))'],
    // Relational binds tighter than equality.
    ['cveAddressed gt 1 eq true', '(eq (gt cveAddressed 1) true)'],
    ["id in ('1', '2')", '(in id "1" "2")'],
    ["id in ('1','2') and osBuild in (18362,18363)", '(and (in id "1" "2") (in osBuild 18362 18363))'],
    ["startswith(tolower(name), 'march')", '(startswith (tolower name) "march")'],
    ['length(id) le 7', '(le (length id) 7)'],
    ["endswith(toupper(name),'UPDATES') eq true", '(eq (endswith (toupper name) "UPDATES") true)'],
    ["productsNames/any(p: p eq 'edge')", '(any productsNames p (eq p "edge"))'],
    ["productsNames/all(p:p eq 'edge' or p eq 'x')", '(all productsNames p (or (eq p "edge") (eq p "x")))'],
    ['productsNames/any()', '(any productsNames)'],
    ["name eq 'O''Neil''s'", '(eq name "O\'Neil\'s")'],
    ["name eq ''", '(eq name "")'],
    // Clients write operators and names in any case (observed).
    ["ID EQ '1' AND CVEADDRESSED GT 2", '(and (eq id "1") (gt cveAddressed 2))'],
    ["  id   eq\t'1'  ", '(eq id "1")'],
    ["((((id eq '1'))))", '(eq id "1")']
  ] as const) {
    t.equal(print(parseFilter(text, kb)), expected, text)
  }
})

t.test('what clients send for machines (client-traffic)', async t => {
  for (const [text, expected] of [
    ["riskscore eq 'High'", "(eq riskScore 'High')"],
    ["ComputerDNSName eq 'x'", '(eq computerDnsName "x")'],
    ["startswith(osPlatform,'WindowsServer')", '(startswith osPlatform "WindowsServer")'],
    ['lastSeen gt 2018-08-01Z', '(gt lastSeen 2018-08-01Z)'],
    ['lastSeen gt 2019-11-22T00:00:00Z', '(gt lastSeen 2019-11-22T00:00:00Z)'],
    ["a eq 'x' AND b in ('y','z')", undefined],
    ["healthStatus eq 'Active' AND osPlatform in ('Windows10','Windows11')", undefined],
    ["machineTags/any(tag: startswith(tag, 'x'))", '(any machineTags tag (startswith tag "x"))'],
    [
      "ipAddresses/any(i: i/type eq 'Ethernet' and startswith(i/ipAddress,'10.'))",
      '(any ipAddresses i (and (eq i/type \'Ethernet\') (startswith i/ipAddress "10.")))'
    ],
    ["vmMetadata/cloudProvider eq 'Azure'", "(eq vmMetadata/cloudProvider 'Azure')"],
    [
      "riskScore eq microsoft.windowsDefenderATP.api.RiskScore'High'",
      '(eq riskScore microsoft.windowsDefenderATP.api.RiskScore)'
    ],
    ['aadDeviceId eq 80fe8ff8-2624-418e-9591-41f0491218f9', '(eq aadDeviceId 80fe8ff8-2624-418e-9591-41f0491218f9)'],
    ['isAadJoined eq true', '(eq isAadJoined true)'],
    ['isAadJoined', 'isAadJoined']
  ] as const) {
    if (expected !== undefined) t.equal(print(parseFilter(text, machine)), expected, text)
    else if (text.startsWith('a '))
      t.throws(() => parseFilter(text, machine), { name: 'ODataError', position: 1 }, text)
    else t.ok(parseFilter(text, machine), text)
  }
})

t.test('what is malformed names the position and what was expected', async t => {
  for (const [text, position, problem, expected] of [
    ['', 1, 'found the end', 'a property, a literal'],
    ["id eq 'abc", 7, 'a string begins here', "a closing '"],
    ['id eq', 6, 'found the end', 'a property, a literal'],
    ["id eq '1' and", 14, 'found the end', 'a property'],
    ["id '1'", 4, "found ''1''", 'an operator or the end'],
    ["id eq '1' xor true", 11, "found 'xor'", 'an operator or the end'],
    ["id = '1'", 4, "found '= '1''", 'a property, a literal'],
    ["(id eq '1'", 11, 'found the end', "')' or an operator"],
    ["id eq '1')", 10, "found ')'", 'an operator or the end'],
    ["severity eq 'x'", 1, "there is no property 'severity'", 'one of id, name, osBuild'],
    ["concat(id,'x') eq 'y'", 1, "there is no function 'concat'", 'one of contains, startswith'],
    ['contains(name) eq true', 14, "found ')'", "',' and argument 2 of 2 of contains"],
    ["contains(name,'a','b')", 18, "found ','", 'contains takes 2 arguments'],
    ["contains(cveAddressed,'1')", 10, 'argument 1 of contains is', 'a string'],
    ["cveAddressed eq '10'", 14, 'cannot be compared', 'operands of one type'],
    ['id gt 5', 4, 'cannot be compared', 'operands of one type'],
    ["productsNames eq 'edge'", 15, 'cannot be compared', 'any(...) or all(...)'],
    ['name/length eq 5', 6, 'name has no properties', 'an operator'],
    ["not name eq 'x'", 1, "'not' stands before", 'a condition, in parentheses'],
    ['name', 1, 'is no condition', 'a comparison'],
    ['cveAddressed gt 1 and name', 23, 'is no condition', 'a comparison'],
    ["productsNames/any(p eq 'x')", 21, "found 'eq'", "':' after the variable"],
    ["productsNames/any(p: q eq 'x')", 22, "there is no property 'q'", 'one of'],
    ["name/any(p: p eq 'x')", 6, 'is no collection', 'any and all after a collection'],
    ['id in ()', 8, "found ')'", 'a literal'],
    ["id in ('a',)", 12, "found ')'", 'a literal'],
    ["id in 'a'", 7, "found ''a''", "'(' and a list of literals"],
    ["id in ('a', 5)", 13, 'cannot be compared', 'operands of one type'],
    ["name eq 'a' // comment", 13, "found '/'", 'an operator or the end'],
    ['name eq \u0000', 9, "found '?'", 'a property, a literal'],
    ['cveAddressed gt 1x', 17, "found '1x'", 'a property, a literal']
  ] as const) {
    try {
      parseFilter(text, kb)
      t.fail(`accepted: ${text}`)
    } catch (error) {
      if (!(error instanceof ODataError)) throw error
      t.equal(error.option, '$filter', text)
      t.equal(error.position, position, `${text}: ${error.message}`)
      t.match(error.message, problem, text)
      t.match(error.expected, expected, text)
    }
  }
})

t.test('dates want their time zone, and a + must be encoded', async t => {
  for (const [text, position] of [
    ['lastSeen gt 2026-13-01', 13],
    ['lastSeen gt 2026-02-30T00:00:00Z', 13],
    ['lastSeen gt 2026-06-09T00:00:00', 13],
    ['lastSeen gt 2026-06-09T00:00:00 02:00', 32],
    ["lastSeen gt '2026-06-09T00:00:00Z'", 10]
  ] as const) {
    t.throws(() => parseFilter(text, machine), { name: 'ODataError', position }, text)
  }
})

t.test('a page that lists filterable properties allows those only', async t => {
  const rules = { filterable: ['id', 'healthStatus'] }
  t.ok(parseFilter("ID eq 'x' and healthstatus eq 'Active'", machine, rules))
  t.throws(() => parseFilter("rbacGroupName eq 'x'", machine, rules), {
    message: /'rbacGroupName' cannot be used in \$filter here; expected one of id, healthStatus\./
  })
})

t.test('hostile input is refused quickly', async t => {
  const started = process.hrtime.bigint()
  for (const [name, text] of [
    ['10,000 open parentheses', '('.repeat(10_000)],
    ['10,000 nested parentheses', `${'('.repeat(10_000)}true${')'.repeat(10_000)}`],
    ['10,000 nots', `${'not '.repeat(10_000)}true`],
    ['10,000 nested calls', `${'tolower('.repeat(5_000)}name${')'.repeat(5_000)} eq 'x'`],
    ['10,000 nested lambdas', 'productsNames/any(p: '.repeat(3_000)],
    ['20,000 operators', `true${' and true'.repeat(6_000)}`],
    ['a megabyte of string', `name eq '${'x'.repeat(1_000_000)}'`],
    ['a megabyte of quotes', "'".repeat(1_000_001)],
    ['a megabyte of digits', `cveAddressed eq ${'9'.repeat(1_000_000)}`]
  ] as const) {
    t.throws(() => parseFilter(text, kb), { name: 'ODataError' }, name)
  }
  t.ok(process.hrtime.bigint() - started < 2_000_000_000n, 'all of them in under two seconds')
})

t.test('what a long but honest client sends is accepted', async t => {
  const ids = Array.from({ length: 4_000 }, (_, i) => `'${5_000_000 + i}'`).join(',')
  t.ok(parseFilter(`id in (${ids})`, kb))
  t.ok(parseFilter(Array.from({ length: 900 }, (_, i) => `id eq '${i}'`).join(' or '), kb))
  t.ok(parseFilter(`${'('.repeat(90)}true${')'.repeat(90)}`, kb), '90 levels')
})

t.test('accepts and refuses as an independent parser does (odata-v4-parser, which lacks in)', async t => {
  const require = createRequire(import.meta.url)
  const { filter: oracle } = require('odata-v4-parser') as { filter: (text: string) => unknown }
  const agrees = (text: string) => {
    const theirs = accepted(() => oracle(text))
    const ours = accepted(() => parseFilter(text, kb))
    t.equal(ours, theirs, text)
  }
  for (const text of [
    "id eq '1'",
    "id eq '1' and name ne 'x' or cveAddressed gt 3",
    "not (id eq '1')",
    "contains(name,'March')",
    "startswith(name,'March') and endswith(name,'Updates')",
    "tolower(name) eq 'x'",
    'length(name) gt 3',
    "productsNames/any(p:p eq 'edge')",
    "productsNames/all(p:contains(p,'e'))",
    'osBuild eq null',
    "name eq 'it''s'",
    'cveAddressed eq -5',
    "(id eq '1')",
    // refused by both
    "id eq '1",
    "id eq '1' and",
    "(id eq '1'",
    "id eq '1')",
    "contains(name,'a'",
    "contains name,'a'",
    "id eq eq '1'",
    "id '1'",
    '()',
    "id eq '1' or or id eq '2'",
    "productsNames/any(p p eq 'edge')"
  ]) {
    agrees(text)
  }
})

function accepted(parse: () => unknown): boolean {
  try {
    parse()
    return true
  } catch {
    return false
  }
}
