import { invalid } from './parameters.js'

const sixHours = 6 * 3_600_000

/** When the latest snapshot was taken: every six hours (documented). What it holds is the world as it is (assumed). */
export function snapshotAt(now: number): Date {
  return new Date(Math.floor(now / sixHours) * sixHours)
}

/** `2021-01-11/1101/`: where the files of a snapshot are. */
export function timePath(now: number): string {
  const iso = snapshotAt(now).toISOString()
  return `${iso.slice(0, 10)}/${iso.slice(11, 13)}${iso.slice(14, 16)}/`
}

/** Where a page of an export ended: the form of the example on the page, base64 of JSON. */
export function skipToken(now: number, line: number): string {
  const place = { ExportDefinition: { TimePath: timePath(now) }, ExportFileIndex: 0, LineStoppedAt: line }
  return Buffer.from(JSON.stringify(place)).toString('base64')
}

/** The row that a token leads to. */
export function lineOf(token: string): number {
  try {
    const { LineStoppedAt } = JSON.parse(Buffer.from(token, 'base64').toString())
    if (Number.isSafeInteger(LineStoppedAt) && LineStoppedAt >= 0) return LineStoppedAt
  } catch {
    // Said below.
  }
  throw invalid('InvalidInput', '$skiptoken is not one that a page of this export gave.')
}
