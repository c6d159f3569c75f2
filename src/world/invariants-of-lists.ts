import { setImmediate as breathe } from 'node:timers/promises'
import { softwareByMachine, vulnerabilitiesByMachine } from './exports.js'
import type { Equal } from './invariants.js'
import { missingKbsOfMachine } from './missing-kbs.js'
import type { Profile } from './profile.js'
import { concerns, recommendations, recommendationsOfMachine } from './recommendations.js'
import { references } from './references.js'
import { configurationScore, exposureScore, exposureScoreByMachineGroups } from './scores.js'
import { vulnerability } from './vulnerabilities.js'
import type { World } from './world.js'

/** Recommendations about configurations, and the scores, against the devices one by one. */
export async function configurationEquations(world: World, equal: Equal): Promise<void> {
  const lists = recommendations(world)
  const advice = lists.filter(({ remediationType }) => remediationType === 'ConfigurationChange')
  const lacking = new Map<string, number>()
  const concerned = new Map<string, number>()
  const groups = new Map<number, number>()
  const ofProfile = new Map<Profile, string>()
  for (const device of world.devices()) {
    if (device % 1000 === 999) await breathe()
    const profile = world.profile(device)
    for (const { id } of profile.posture.lacking) lacking.set(id, (lacking.get(id) ?? 0) + 1)
    for (const { id } of profile.posture.applicable) concerned.set(id, (concerned.get(id) ?? 0) + 1)
    const { id } = world.group(device)
    groups.set(id, (groups.get(id) ?? 0) + 1)
    if (ofProfile.has(profile)) continue
    const own = recommendationsOfMachine(world, device).map(row => row.id)
    ofProfile.set(profile, own.join())
    const expected = [
      ...Array.from(profile.exposure.keys(), product => `va-_-${product.id}`),
      ...Array.from(profile.posture.lacking, configuration => `sca-_-${configuration.id}`)
    ].sort()
    equal('recommendations of a device are for what is open there', `machine ${world.id(device)}`, expected, own)
  }
  const expected = [...lacking.keys()].map(id => `sca-_-${id}`).sort()
  equal(
    'a configuration is recommended when a device lacks it',
    'recommendations',
    expected,
    advice.map(row => row.id)
  )
  for (const row of advice) {
    const configuration = world.facts.configurations.find(({ id }) => row.id.endsWith(id))!
    const counts = [concerned.get(configuration.id), lacking.get(configuration.id)]
    equal('its counts are those of devices', row.id, counts, [row.totalMachineCount, row.exposedMachinesCount])
    equal(
      'machineReferences of a configuration lists the devices that lack it',
      row.id,
      row.exposedMachinesCount,
      references(world, profile => concerns({ configuration }, profile)).length
    )
  }

  const points = world.facts.configurations.reduce((sum, { id, points }) => sum + (concerned.has(id) ? points : 0), 0)
  const reachable = configurationScore(world).score + advice.reduce((sum, row) => sum + row.configScoreImpact, 0)
  equal('what recommendations would add is missing in the configuration score', 'score', points, rounded(reachable))
  const impact = lists.reduce((sum, { exposureImpact }) => sum + exposureImpact, 0)
  const { score } = exposureScore(world)
  equal('the exposure score is the sum of the impacts', 'score', rounded(Math.min(100, impact)), rounded(score))
  const byGroup = await exposureScoreByMachineGroups(world)
  equal(
    'scores by group name the groups of devices',
    'score',
    [...groups.keys()].sort((a, b) => a - b),
    byGroup.map(row => row.rbacGroupId)
  )
  const weighted = byGroup.reduce((sum, row) => sum + row.score * groups.get(row.rbacGroupId!)!, 0)
  const capped = byGroup.some(row => row.score === 100) || score === 100
  if (!capped && world.size > 0) {
    equal(
      'weighted by devices they are the score of the tenant',
      'score',
      rounded(score),
      rounded(weighted / world.size)
    )
  }
}

/** Exports against the lists that they repeat. */
export async function exportEquations(world: World, equal: Equal): Promise<void> {
  const software = softwareByMachine(world)
  const vulnerabilities = vulnerabilitiesByMachine(world, 0)
  const seen = new Set<Profile>()
  let installed = 0
  let listed = 0
  for (let position = 0; position < world.size; position++) {
    const device = world.order.at(position)
    const profile = world.profile(device)
    const open = [...profile.exposure.values()].reduce((sum, { cves }) => sum + cves.size, 0)
    const sound = profile.installations.filter(({ product }) => !profile.exposure.has(product)).length
    installed += profile.installations.length
    listed += open + sound
    if (seen.has(profile)) continue
    seen.add(profile)
    await breathe()
    const where = `machine ${world.id(device)}`
    const products = [...software.ofDevices(position, position + 1)]
    equal(
      'the inventory export lists what is installed on a device, with its open CVEs',
      where,
      profile.installations.map(({ product }) => [product.name, profile.exposure.get(product)?.cves.size ?? 0]),
      products.map(row => [row.softwareName, row.numberOfWeaknesses])
    )
    const rows = [...vulnerabilities.ofDevices(position, position + 1)]
    const missing = new Map(missingKbsOfMachine(world, device, { hideSuperseded: false }).map(kb => [kb.id, kb]))
    const wrong = rows.filter(row => {
      const id = row.recommendedSecurityUpdateId
      const kb = id === null ? undefined : missing.get(id!)
      const named = [row.recommendedSecurityUpdate, row.recommendedSecurityUpdateUrl]
      return id !== null && JSON.stringify(named) !== JSON.stringify([kb?.name, kb?.url])
    })
    equal(
      'recommendedSecurityUpdate* name a missing KB of the device',
      where,
      [],
      wrong.map(row => row.id)
    )
    const withCve = rows.filter(row => row.cveId !== null)
    equal('the vulnerability export lists each open CVE of each product', where, open, withCve.length)
    equal('its rows have ids of their own', where, rows.length, new Set(rows.map(row => row.id)).size)
    const [first] = withCve
    if (first !== undefined) {
      const cve = vulnerability(world, world.cves.find(first.cveId!)!)
      const own = [first.vulnerabilitySeverityLevel, first.cvssScore]
      equal('severity and score are those of the CVE', `${where}, ${cve.id}`, [cve.severity, cve.cvssV3], own)
    }
  }
  equal('the inventory export lists nothing else', 'SoftwareInventoryByMachine', installed, software.length)
  equal(
    'the vulnerability export lists nothing else',
    'SoftwareVulnerabilitiesByMachine',
    listed,
    vulnerabilities.length
  )
}

function rounded(value: number): number {
  return Number(value.toFixed(3))
}
