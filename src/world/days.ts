/** Calendar arithmetic in UTC. Days are `YYYY-MM-DD`, instants milliseconds since 1970. */

export const dayLength = 86_400_000

export function dayOf(instant: number): string {
  return new Date(instant).toISOString().slice(0, 10)
}

export function daysBefore(day: string, days: number): string {
  return dayOf(Date.parse(day) - days * dayLength)
}

/** The second Tuesday of a month, when updates come out. Months count from 0 and may exceed 11. */
export function patchTuesday(year: number, month: number): string {
  const first = new Date(Date.UTC(year, month, 1)).getUTCDay()
  return dayOf(Date.UTC(year, month, 8 + ((2 - first + 7) % 7)))
}
