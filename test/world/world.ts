import { loadCatalog } from '../../src/world/catalog.js'
import { Grounds } from '../../src/world/condition.js'
import { Cves } from '../../src/world/cves.js'
import { Facts } from '../../src/world/facts.js'
import { loadScenario } from '../../src/world/scenarios.js'
import { World, type WorldSettings } from '../../src/world/world.js'

export const facts = new Facts(loadCatalog())
/** Of the facts above. */
export const grounds = new Grounds(facts)
export const cves = new Cves(facts)
export const scenario = loadScenario('typical')
export const day = facts.epoch

/** A world of the catalog's facts, without HTTP around it. */
export function worldOf({ day = facts.epoch, ...settings }: Partial<WorldSettings> & { day?: string } = {}): World {
  return World.of({
    facts,
    grounds,
    cves,
    scenario,
    tenant: 'aaaabbbb-0000-cccc-1111-dddd2222eeee',
    domain: 'contoso.onmicrosoft.com',
    seed: 1,
    machines: 500,
    instant: Date.parse(day),
    pinned: [],
    ...settings
  })
}
