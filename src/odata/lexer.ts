import { ODataError, quoted } from './errors.js'

export type TokenKind =
  | 'identifier'
  | 'string'
  | 'number'
  | 'date'
  | 'guid'
  /** `microsoft.windowsDefenderATP.api.RiskScore'High'` */
  | 'member'
  | '('
  | ')'
  | ','
  | '/'
  | ':'
  | 'end'

export interface Token {
  readonly kind: TokenKind
  /** As written. */
  readonly text: string
  /** What it stands for: strings unescaped, dates canonical (see `canonicalInstant`), guids in lower case. */
  readonly value: string
  /** From 1. */
  readonly position: number
}

const blank = /[ \t]*/y
const guid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/iy
const date = /\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,12})?)?)?(?:Z|[+-]\d\d:\d\d)?/iy
const number = /-?\d+(?:\.\d+)?(?:e[+-]?\d+)?/iy
const identifier = /[a-z_]\w*(?:\.[a-z_]\w*)*/iy
/** What may follow a literal. */
const boundary = /[\s(),/:]|$/y

/** Text to tokens; each is read when asked for, so a bad end does not hide a bad beginning. */
export class Lexer {
  readonly #text: string
  readonly #option: string
  #at = 0

  constructor(text: string, option: string) {
    this.#text = text
    this.#option = option
  }

  next(): Token {
    this.#match(blank)
    const start = this.#at
    const token = (kind: TokenKind, text: string, value = text): Token => ({ kind, text, value, position: start + 1 })
    const first = this.#text[start]
    if (first === undefined) return token('end', '')
    if (first === '(' || first === ')' || first === ',' || first === '/' || first === ':') {
      this.#at++
      return token(first, first)
    }
    if (first === "'") {
      const value = this.#string()
      return token('string', this.#text.slice(start, this.#at), value)
    }
    const asGuid = this.#literal(guid)
    if (asGuid !== undefined) return token('guid', asGuid, asGuid.toLowerCase())
    const asDate = this.#match(date)
    if (asDate !== undefined) return token('date', asDate, this.#instant(asDate, start))
    const asNumber = this.#literal(number)
    if (asNumber !== undefined) return token('number', asNumber)
    const word = this.#match(identifier)
    if (word !== undefined) {
      if (this.#text[this.#at] === "'") return token('member', word, this.#string())
      return token('identifier', word)
    }
    throw new ODataError(
      this.#option,
      start + 1,
      `found ${quoted(this.#text.slice(start, start + 40))}`,
      'a property, a literal, an operator or a parenthesis'
    )
  }

  /** `''` stands for one quote. */
  #string(): string {
    const start = this.#at
    let value = ''
    for (;;) {
      const end = this.#text.indexOf("'", this.#at + 1)
      if (end === -1) {
        throw new ODataError(this.#option, start + 1, 'a string begins here and does not end', "a closing '")
      }
      value += this.#text.slice(this.#at + 1, end)
      this.#at = end + 1
      if (this.#text[this.#at] !== "'") return value
      value += "'"
    }
  }

  #instant(text: string, start: number): string {
    const rest = this.#text.slice(this.#at)
    const zone = /^ (\d\d:\d\d)(?![\w:])/.exec(rest)?.[1]
    if (/T/i.test(text) && zone !== undefined) {
      throw new ODataError(
        this.#option,
        this.#at + 1,
        `found a blank before ${quoted(zone)}`,
        'a + before the offset, which must be sent as %2B'
      )
    }
    const value = canonicalInstant(text)
    if (value === undefined || !/^(?:[\s(),/:]|$)/.test(rest)) {
      throw new ODataError(
        this.#option,
        start + 1,
        `${quoted(text + (/^[^\s(),]{0,20}/.exec(rest)?.[0] ?? ''))} is not a date and time`,
        'one such as 2026-06-09T00:00:00Z, with its time zone'
      )
    }
    return value
  }

  /** A match that must end where a word ends. */
  #literal(pattern: RegExp): string | undefined {
    const start = this.#at
    const text = this.#match(pattern)
    if (text === undefined) return undefined
    boundary.lastIndex = this.#at
    if (boundary.test(this.#text)) return text
    this.#at = start
    return undefined
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at
    const text = pattern.exec(this.#text)?.[0]
    if (text !== undefined) this.#at += text.length
    return text
  }
}

/**
 * A date and time as a string that compares as the instants do: UTC, no `Z`, no trailing zeros (`…:53` sorts before
 * `…:53.1`, being its beginning). A date alone is its midnight, also in the documentation's own form `2018-08-01Z`.
 * A time without zone is refused, as the .NET library of the service refuses it. Undefined when it is no instant.
 */
export function canonicalInstant(text: string): string | undefined {
  const [, day, time = '00:00', seconds = '00', fraction = '', zone] =
    /^(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d)(?::(\d\d)(?:\.(\d+))?)?)?(Z|[+-]\d\d:\d\d)?$/i.exec(text) ?? []
  if (day === undefined || (zone === undefined && /T/i.test(text))) return undefined
  const milliseconds = Date.parse(`${day}T${time}:${seconds}${(zone ?? 'Z').toUpperCase()}`)
  if (Number.isNaN(milliseconds) || new Date(Date.parse(`${day}T00:00:00Z`)).toISOString().slice(0, 10) !== day) {
    return undefined
  }
  const digits = fraction.replace(/0+$/, '')
  return new Date(milliseconds).toISOString().slice(0, 19) + (digits === '' ? '' : `.${digits}`)
}
