import { readdirSync, readFileSync } from 'node:fs'
import { packageFile } from '../package.js'
import { NotFound } from '../world/errors.js'
import { type Endpoint, pathOf, type Reading } from './endpoint.js'

/** An example of Microsoft's reference: what is asked there, and what is printed as the answer. */
export interface Example {
  operationId: string
  /** Path and query. */
  request: string
  body: Record<string, unknown>
}

/** `fixtures/learn/<slug>.json`. */
export interface LearnPage {
  page: string
  examples: Example[]
  /** Where the page prints what cannot be so; the examples are mended as little as possible. */
  pageErrors: { at: string; printed: string; why: string }[]
}

export function learnPages(): LearnPage[] {
  const folder = packageFile('fixtures/learn')
  return readdirSync(folder)
    .filter(name => name.endsWith('.json'))
    .sort()
    .map(name => JSON.parse(readFileSync(`${folder}/${name}`, 'utf8')))
}

/**
 * `--scenario learn`: the answers that Microsoft's pages print, verbatim but for the address in links, and nothing else.
 * They are no world: the pages contradict each other.
 */
export class Learn {
  readonly #examples = new Map<string, Example>()

  constructor() {
    for (const { examples } of learnPages()) {
      for (const example of examples) this.#examples.set(example.operationId, example)
    }
  }

  /** The example of an operation, if it is asked for with the same ids. */
  example(endpoint: Endpoint, { params }: Pick<Reading, 'params'>): Example | undefined {
    const example = this.#examples.get(endpoint.operationId)
    if (example === undefined) return undefined
    const path = example.request.split('?', 1)[0]!.slice('/api'.length)
    const asked = endpoint.path.replace(/:(\w+)/g, (_, name) => params[name]!)
    return asked.toLowerCase() === path.toLowerCase() ? example : undefined
  }

  /** The link to a next page that an example prints, without its host. */
  nextLink(endpoint: Endpoint, reading: Reading): string | undefined {
    const link = this.example(endpoint, reading)?.body['@odata.nextLink']
    return typeof link === 'string' ? link.replace(/^https:\/\/[^/]+/, '') : undefined
  }

  /** In the place of the world. */
  read(endpoint: Endpoint, reading: Reading): Record<string, unknown> | readonly object[] {
    const example = this.example(endpoint, reading)
    if (example !== undefined) {
      const { '@odata.context': _, ...alone } = example.body
      return endpoint.kind === 'single' ? alone : (example.body.value as object[])
    }
    const known = this.#examples.get(endpoint.operationId)?.request ?? 'none'
    const [id] = Object.values(reading.params)
    if (endpoint.call !== undefined || id === undefined) return []
    throw new NotFound(`${id} was not found (the only example of ${pathOf(endpoint)} is ${known})`)
  }
}
