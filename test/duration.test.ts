import t from 'tap'
import { after, durationPattern } from '../src/duration.js'

const cases: [from: string, duration: string, to: string | undefined][] = [
  ['2026-01-31T10:00:00Z', 'P1M', '2026-02-28T10:00:00Z'],
  ['2024-02-29T00:00:00Z', 'P1Y', '2025-02-28T00:00:00Z'],
  ['2026-06-30T00:00:00Z', 'P2W', '2026-07-14T00:00:00Z'],
  ['2026-06-30T00:00:00Z', 'P1DT12H', '2026-07-01T12:00:00Z'],
  ['2026-06-30T00:00:00Z', 'PT90M', '2026-06-30T01:30:00Z'],
  ['2026-06-30T00:00:00Z', 'PT0.5S', '2026-06-30T00:00:00.500Z'],
  ['2026-12-31T23:59:59Z', 'PT1S', '2027-01-01T00:00:00Z'],
  ['2026-06-30T00:00:00Z', 'P1Y2M3DT4H5M6S', '2027-09-02T04:05:06Z'],
  ['2026-06-30T00:00:00Z', 'P0D', '2026-06-30T00:00:00Z'],
  ['2026-06-30T00:00:00Z', 'P', undefined],
  ['2026-06-30T00:00:00Z', 'PT', undefined],
  ['2026-06-30T00:00:00Z', '-P1D', undefined],
  ['2026-06-30T00:00:00Z', 'P-1D', undefined],
  ['2026-06-30T00:00:00Z', '1D', undefined],
  ['2026-06-30T00:00:00Z', 'P1H', undefined],
  ['2026-06-30T00:00:00Z', 'P1W2D', undefined]
]
for (const [from, duration, to] of cases) {
  t.equal(after(Date.parse(from), duration), to && Date.parse(to), `${from} and ${duration}`)
  t.equal(new RegExp(durationPattern).test(duration), to !== undefined, `the pattern agrees about ${duration}`)
}
