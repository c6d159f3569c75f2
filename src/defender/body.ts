import { setImmediate as breathe } from 'node:timers/promises'
import type { Rows } from '../odata/page.js'

/** Rows that are written at a time: others are answered between. */
const atOnce = 200
/** Rows of an answer that is sent while it is made; a shorter one is made whole. */
const most = 10_000

/** The body of an answer: whole, or in pieces when it is long. */
export type Body = Buffer | AsyncIterable<string>

/** `head` and `tail` are the properties before and after `value`. */
export async function bodyOf(head: object, value: Rows<object>, tail: object): Promise<Body> {
  const before = `${JSON.stringify(head).slice(0, -1)},"value":[`
  const after = `]${Object.entries(tail)
    .map(([name, of]) => `,${JSON.stringify(name)}:${JSON.stringify(of)}`)
    .join('')}}`
  if (value.length <= atOnce) return Buffer.from(before + written(value, 0, value.length) + after)
  const pieces = inPieces(before, value, after)
  if (value.length > most) return pieces
  let text = ''
  for await (const piece of pieces) text += piece
  return Buffer.from(text)
}

async function* inPieces(before: string, value: Rows<object>, after: string): AsyncIterable<string> {
  yield before
  for (let from = 0; from < value.length; from += atOnce) {
    if (from > 0) await breathe()
    yield (from > 0 ? ',' : '') + written(value, from, Math.min(from + atOnce, value.length))
  }
  yield after
}

function written(value: Rows<object>, from: number, to: number): string {
  let text = ''
  for (let index = from; index < to; index++) text += (index > from ? ',' : '') + JSON.stringify(value.at(index))
  return text
}
