import type { ValidateFunction } from 'ajv'
import { suggestion } from './edit-distance.js'

/** Where a value departs from its schema, and how. */
export interface Flaw {
  /** JSON pointer (RFC 6901); `/` for the whole. */
  place: string
  problem: string
}

const compiled = new WeakMap<object, ValidateFunction>()

/**
 * The first thing wrong with a value, or undefined. Ajv is loaded and a schema compiled when first needed: a start that
 * validates nothing does not pay for it.
 */
export async function firstFlaw(schema: object, value: unknown): Promise<Flaw | undefined> {
  let validate = compiled.get(schema)
  if (validate === undefined) {
    const { Ajv } = await import('./ajv.js')
    validate = new Ajv({ allowUnionTypes: true, verbose: true, strictTypes: false, validateFormats: false }).compile(
      schema
    )
    compiled.set(schema, validate)
  }
  if (validate(value)) return undefined
  const { instancePath, keyword, params, message = 'is not valid', data, parentSchema } = validate.errors![0]!
  const place = instancePath === '' ? '/' : instancePath
  const known = Object.keys((parentSchema as { properties?: object }).properties ?? {})
  const unknown = (name: string) => `unknown field "${name}"${suggestion(name, known)}`
  if (keyword === 'additionalProperties') return { place, problem: unknown(params.additionalProperty) }
  if (keyword === 'required') {
    // Perhaps it is there, misspelt.
    const stray = Object.keys(data as object).find(name => !known.includes(name))
    return { place, problem: `${message}${stray === undefined ? '' : `; ${unknown(stray)}`}` }
  }
  if (keyword === 'minProperties') return { place, problem: `nothing stands in it; ${known.join(', ')} can` }
  const { examples } = parentSchema as { examples?: unknown[] }
  // People read an example sooner than a pattern.
  const shown = keyword === 'pattern' && examples !== undefined ? `must be such as ${examples.join(', ')}` : message
  const allowed = keyword === 'enum' ? ` (${(params.allowedValues as unknown[]).join(', ')})` : ''
  const found = typeof data === 'string' || typeof data === 'number' ? `, found ${JSON.stringify(data)}` : ''
  return { place, problem: `${shown}${allowed}${found}` }
}

/** What is nested deeper, nothing here could write again: recursion has an end. */
export function isDeep(value: unknown, left = 100): boolean {
  if (value === null || typeof value !== 'object') return false
  return left === 0 || Object.values(value).some(inner => isDeep(inner, left - 1))
}
