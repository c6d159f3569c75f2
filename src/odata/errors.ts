/** A query that cannot be understood; the message names the option, the place and what was expected there. */
export class ODataError extends Error {
  override readonly name = 'ODataError'
  /** The query option, such as `$filter`. */
  readonly option: string
  /** Where in the decoded text of the option, from 1; undefined when the option as a whole is wrong. */
  readonly position: number | undefined
  readonly expected: string

  constructor(option: string, position: number | undefined, problem: string, expected: string) {
    const place = position === undefined ? '' : ` at position ${position}`
    super(`The query specified in the URI is not valid. ${option}${place}: ${problem}; expected ${expected}.`)
    this.option = option
    this.position = position
    this.expected = expected
  }
}

/** What a client wrote, short enough to repeat. */
export function quoted(text: string): string {
  const visible = text.replace(/[^\x20-\x7e]/g, '?')
  return `'${visible.length <= 40 ? visible : `${visible.slice(0, 37)}...`}'`
}
