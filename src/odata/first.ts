import { setImmediate as breathe } from 'node:timers/promises'
import type { Query } from './query.js'

type Order = NonNullable<Query['orderby']>

interface Entry {
  index: number
  /** The properties that decide the order, and no others. */
  key: Record<string, unknown>
}

/** Rows that are sorted at a time, and merged between two breaths. */
const runLength = 4_000

/**
 * The first rows of an order, found while rows go by. Of each row only what decides its place is kept, of a short page
 * only the rows that may be on it; and nothing takes long at a time, however many rows there are.
 */
export class First {
  readonly #order: Order
  readonly #most: number
  readonly #runs: Entry[][] = []
  #run: Entry[] = []
  /** Rows that went by. */
  seen = 0

  /** `most`: rows behind these are of no interest. */
  constructor(order: Order, most: number) {
    this.#order = order
    this.#most = most
  }

  add(row: object, index: number): void {
    this.seen++
    const key: Record<string, unknown> = {}
    for (const { steps } of this.#order.keys) {
      const { name } = steps[0]!
      key[name] = (row as Record<string, unknown>)[name]
    }
    this.#run.push({ index, key })
    if (this.#run.length === runLength) this.#close()
  }

  /** The numbers of the rows from place `from` on, in order. */
  async indices(from: number): Promise<number[]> {
    this.#close()
    const found: number[] = []
    let place = 0
    for (const { index } of this.#merged(this.#runs)) {
      if (place >= this.#most) break
      if (place % runLength === runLength - 1) await breathe()
      if (place++ >= from) found.push(index)
    }
    return found
  }

  /** Sorts what has gathered. What is of no interest beside what was there before is forgotten. */
  #close(): void {
    const run = this.#run.sort((a, b) => this.#compare(a, b))
    this.#run = []
    const last = this.#runs.at(-1)
    if (last === undefined || this.#most > 4 * runLength) {
      this.#runs.push(run)
      return
    }
    const kept: Entry[] = []
    for (const entry of this.#merged([last, run])) {
      if (kept.push(entry) >= this.#most) break
    }
    this.#runs[this.#runs.length - 1] = kept
  }

  /** Equals stay in the order of the rows. */
  #compare(a: Entry, b: Entry): number {
    return this.#order.compare(a.key, b.key) || a.index - b.index
  }

  /** Sorted runs as one, by a binary heap of their heads. */
  *#merged(runs: readonly Entry[][]): Iterable<Entry> {
    const heap = runs.filter(run => run.length > 0).map(run => ({ run, at: 0 }))
    const before = (a: number, b: number) => this.#compare(heap[a]!.run[heap[a]!.at]!, heap[b]!.run[heap[b]!.at]!) < 0
    const sink = (from: number) => {
      for (let node = from; ; ) {
        let least = node
        for (const child of [2 * node + 1, 2 * node + 2]) if (child < heap.length && before(child, least)) least = child
        if (least === node) return
        const moved = heap[node]!
        heap[node] = heap[least]!
        heap[least] = moved
        node = least
      }
    }
    for (let node = heap.length >> 1; node >= 0; node--) sink(node)
    while (heap.length > 0) {
      const head = heap[0]!
      yield head.run[head.at]!
      if (++head.at === head.run.length) {
        const last = heap.pop()!
        if (heap.length > 0) heap[0] = last
      }
      sink(0)
    }
  }
}
