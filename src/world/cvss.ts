/** The metrics of CVSS 3.1's base score (FIRST, specification document, section 7), by their letters. */
const weights = {
  AV: { N: 0.85, A: 0.62, L: 0.55, P: 0.2 },
  AC: { L: 0.77, H: 0.44 },
  UI: { N: 0.85, R: 0.62 },
  C: { H: 0.56, L: 0.22, N: 0 },
  I: { H: 0.56, L: 0.22, N: 0 },
  A: { H: 0.56, L: 0.22, N: 0 }
} as const
const privileges = {
  U: { N: 0.85, L: 0.62, H: 0.27 },
  C: { N: 0.85, L: 0.68, H: 0.5 }
} as const

/** The base score of a vector such as `CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:U/C:H/I:H/A:H`. */
export function baseScore(vector: string): number {
  const metric = Object.fromEntries(
    vector
      .split('/')
      .slice(1)
      .map(part => part.split(':'))
  ) as Record<string, never>
  const changed = metric.S === ('C' as string)
  const of = (name: keyof typeof weights) => (weights[name] as Record<string, number>)[metric[name]!]!
  const loss = 1 - (1 - of('C')) * (1 - of('I')) * (1 - of('A'))
  const impact = changed ? 7.52 * (loss - 0.029) - 3.25 * (loss - 0.02) ** 15 : 6.42 * loss
  if (impact <= 0) return 0
  const pr = (privileges[changed ? 'C' : 'U'] as Record<string, number>)[metric.PR!]!
  const exploitability = 8.22 * of('AV') * of('AC') * pr * of('UI')
  const sum = changed ? 1.08 * (impact + exploitability) : impact + exploitability
  return roundedUp(Math.min(sum, 10))
}

/** To one decimal, upwards, in integers as the specification's appendix A wants it. */
function roundedUp(value: number): number {
  const scaled = Math.round(value * 100_000)
  return scaled % 10_000 === 0 ? scaled / 100_000 : (Math.floor(scaled / 10_000) + 1) / 10
}
