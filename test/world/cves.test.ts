import t from 'tap'
import { baseScore } from '../../src/world/cvss.js'
import { cves, facts } from './world.js'

t.test('base scores are those of the CVSS 3.1 calculator', async t => {
  for (const [vector, score] of [
    ['AV:N/AC:L/PR:N/UI:R/S:U/C:H/I:H/A:H', 8.8],
    ['AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H', 7.8],
    ['AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H', 9.8],
    ['AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H', 10],
    ['AV:N/AC:H/PR:N/UI:R/S:U/C:H/I:H/A:H', 7.5],
    ['AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:N/A:N', 5.5],
    ['AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N', 6.1],
    ['AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H', 7.5],
    ['AV:P/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N', 4.6],
    ['AV:L/AC:L/PR:L/UI:N/S:C/C:H/I:H/A:H', 8.8],
    ['AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:N/A:N', 3.1],
    ['AV:L/AC:L/PR:H/UI:N/S:U/C:H/I:H/A:H', 6.7],
    ['AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N', 0]
  ] as const) {
    t.equal(baseScore(`CVSS:3.1/${vector}`), score, vector)
  }
})

t.test('what is generated of a CVE fits what is known of it', async t => {
  const bands: Record<string, [number, number]> = {
    Critical: [9, 10],
    High: [7, 8.9],
    Medium: [4, 6.9],
    Low: [0.1, 3.9]
  }
  const severities: Record<string, string> = { Critical: 'Critical', Important: 'High', Moderate: 'Medium', Low: 'Low' }
  for (const [index, { id, severity, publicExploit }] of facts.cves.entries()) {
    const details = cves.details(index)
    const [from, to] = bands[details.severity]!
    const fits =
      details.severity === severities[severity] &&
      details.score === baseScore(details.vector) &&
      details.score >= from &&
      details.score <= to &&
      details.title !== '' &&
      /^\d{4}-\d\d-\d\d$/.test(details.published) &&
      details.published <= details.updated &&
      details.updated <= facts.epoch &&
      (publicExploit || (!details.exploitVerified && !details.exploitInKit && details.exploitTypes.length === 0)) &&
      details.epss > 0 &&
      details.epss < 1 &&
      (publicExploit ? details.epss >= 0.1 : details.epss < 0.1)
    if (!fits) t.same(details, severity, id)
    if (cves.find(id.toLowerCase()) !== index) t.fail(`${id} is not found`)
  }
  t.ok(facts.cves.length > 4_000, `${facts.cves.length} CVEs`)
  t.ok(facts.cves.some(({ publicExploit }) => publicExploit))
  t.equal(cves.find('CVE-1999-0001'), undefined)
})
