import t from 'tap'
import { type Endpoint, pathOf } from '../../src/defender/endpoint.js'
import { endpoints } from '../../src/defender/endpoints/index.js'
import { emulated, get, rows } from '../emulator.js'

const settings = { machines: 12, time: '2026-06-30T12:00:00Z', frozen: true }
const home = 'http://localhost:6330'

t.test('all pages of every collection are the unpaged truth', async t => {
  const whole = await emulated(t, settings)
  const paged = await emulated(t, { ...settings, pageSize: 7 })
  const [machine] = await rows(whole, '/api/machines')
  const [{ id: software }] = await rows(whole, "/api/Software?$filter=startswith(name,'windows')")
  const [cve] = await rows(whole, '/api/vulnerabilities')
  const named: Record<string, string> = {
    Id: software,
    machineId: machine.id,
    cveId: cve.id,
    recommendationId: `va-_-${software}`,
    ip: machine.lastIpAddress,
    timestamp: machine.lastSeen
  }
  const urlOf = (endpoint: Endpoint) =>
    `/api${pathOf(endpoint).replace(/\{(\w+)\}/g, (_, name) => named[name]!)}?tag=Lab&sinceTime=2026-06-17T00:00:00Z`

  for (const endpoint of endpoints) {
    if (endpoint.kind === 'single') continue
    t.test(endpoint.operationId, async t => {
      // As many pages as a walk can see in a test: the rest is beyond a filter or a skip.
      const all = await rows(whole, `${urlOf(endpoint)}&$top=${Math.min(endpoint.maxTop, 10_000)}`)
      const start = Math.max(0, all.length - 300)
      const truth = all.slice(start)
      const walked: unknown[] = []
      let url: string | undefined = `${urlOf(endpoint)}&$skip=${start}`
      let pages = 0
      while (url !== undefined) {
        const answer = (await get(paged, url)).json()
        walked.push(...answer.value)
        pages++
        const next: string | undefined = answer['@odata.nextLink']
        if (next !== undefined && answer.value.length !== 7)
          t.equal(answer.value.length, 7, 'a page that goes on is full')
        if (next !== undefined && !next.startsWith(home)) t.fail(next)
        url = next?.slice(home.length)
      }
      t.same(walked, truth, `${truth.length} rows on ${pages} pages`)
      t.equal(pages, Math.max(1, Math.ceil(truth.length / 7)))

      // Clients that page themselves stop at an empty page.
      const own: unknown[] = []
      for (let skip = start; ; skip += 100) {
        const part = await rows(whole, `${urlOf(endpoint)}&$top=100&$skip=${skip}`)
        if (part.length === 0) break
        own.push(...part)
      }
      t.same(own, truth)
      t.equal((await get(whole, urlOf(endpoint).replace('?', '/$count?'))).body, String(all.length), '/$count')
      t.equal((await get(whole, `${urlOf(endpoint)}&$count=true&$top=0`)).json()['@odata.count'], all.length, '$count')
    })
  }
})
