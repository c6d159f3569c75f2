/** A duration in ISO 8601: `P1M`, `P1DT12H`, `PT30S`. Weeks stand alone, as the standard has them; nothing is negative. */
export const durationPattern = '^P(?!$)(\\d+W|(\\d+Y)?(\\d+M)?(\\d+D)?(T(?=\\d)(\\d+H)?(\\d+M)?(\\d+([.]\\d+)?S)?)?)$'

const shape =
  /^P(?!$)(?:(?<weeks>\d+)W|(?:(?<years>\d+)Y)?(?:(?<months>\d+)M)?(?:(?<days>\d+)D)?(?:T(?=\d)(?:(?<hours>\d+)H)?(?:(?<minutes>\d+)M)?(?:(?<seconds>\d+(?:\.\d+)?)S)?)?)$/

/**
 * The instant, in milliseconds since 1970, that is so much later by the calendar in UTC: a month after 31 January is the
 * last of February. Undefined when the text is no such duration.
 */
export function after(instant: number, duration: string): number | undefined {
  const parts = shape.exec(duration)?.groups
  if (parts === undefined) return undefined
  const { years, months, weeks, days, hours, minutes, seconds } = Object.fromEntries(
    Object.entries(parts).map(([name, digits]) => [name, Number(digits ?? 0)])
  ) as Record<string, number>
  const date = new Date(instant)
  const day = date.getUTCDate()
  date.setUTCDate(1)
  date.setUTCMonth(date.getUTCMonth() + 12 * years! + months!)
  const last = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate()
  date.setUTCDate(Math.min(day, last))
  return date.getTime() + ((((7 * weeks! + days!) * 24 + hours!) * 60 + minutes!) * 60 + seconds!) * 1000
}
