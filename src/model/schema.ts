/**
 * The Edm types of the service's model as JSON Schema, so that one literal per entity serves the TypeScript type, the
 * OpenAPI component, the columns of `$filter`, `$orderby` and `$select`, and the check of fixtures. Nullability is
 * that of the service's own `$metadata` (observed).
 */
export const required = {
  string: { type: 'string' },
  boolean: { type: 'boolean' },
  int32: { type: 'integer', format: 'int32' },
  int64: { type: 'integer', format: 'int64' },
  single: { type: 'number', format: 'float' },
  double: { type: 'number', format: 'double' }
} as const

export const nullable = {
  string: { type: ['string', 'null'] },
  boolean: { type: ['boolean', 'null'] },
  int64: { type: ['integer', 'null'], format: 'int64' },
  dateTimeOffset: { type: ['string', 'null'], format: 'date-time' },
  guid: { type: ['string', 'null'], format: 'uuid' },
  strings: { type: 'array', items: { type: 'string' } }
} as const

/** An entity or complex type of the service, as it goes over the wire. */
export interface ObjectSchema {
  readonly $id: string
  readonly title: string
  readonly description: string
  readonly type: 'object'
  readonly properties: Readonly<Record<string, object>>
  readonly required: readonly string[]
  /** Properties that only live captures show: `--profile documented` leaves them out. */
  readonly 'x-observed': readonly string[]
  /** What the service's `$metadata` says of the type besides its properties; a complex type without. */
  readonly 'x-edm'?: {
    /** Makes it an entity type. */
    readonly key?: string
    /** Base type, and its properties. */
    readonly base?: { readonly name: string; readonly properties: readonly string[] }
    /** Its navigation properties to types that are served. */
    readonly navigation?: Readonly<Record<string, { readonly to: string; readonly collection: boolean }>>
    /** Properties that stand elsewhere in the model than in JSON: each after which. */
    readonly after?: Readonly<Record<string, string>>
  }
}
