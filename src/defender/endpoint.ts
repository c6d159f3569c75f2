import type { Evidence } from '../evidence.js'
import type { ObjectSchema } from '../model/schema.js'
import type { Rows } from '../odata/page.js'
import type { Cosmetics } from '../world/cosmetics.js'
import type { World } from '../world/world.js'
import type { QuirkSet } from './tenant-quirks.js'

/** What `--profile` decides: what live captures show, or only what the reference's pages show. */
export type Profile = 'observed' | 'documented'

/** What a reader of the world may ask for. */
export interface Reading {
  world: World
  /** Path parameters, decoded. */
  params: Record<string, string>
  /** Parameters of the query without `$`, by their names in lower case; the first counts. */
  parameters: ReadonlyMap<string, string>
  /** Where a file of an export can be fetched until an instant (milliseconds since 1970). */
  fileAddress: (path: string, from: number, until: number) => string
  /** The clock, in milliseconds since 1970. */
  now: number
  cosmetics: () => Promise<Cosmetics>
  quirks: QuirkSet
}

/** Any of the application permissions in a token's `roles`, or any of the delegated ones in its `scp`. */
export interface Permissions {
  application: readonly string[]
  delegated: readonly string[]
}

/** A parameter of the query without `$`; text unless it has another type. */
export interface Parameter {
  description: string
  example: string | number | boolean
  type?: 'integer' | 'boolean'
  minimum?: number
  maximum?: number
  required?: boolean
}

interface Page {
  /** Slug of Microsoft's page, in MicrosoftDocs/defender-docs, folder defender-endpoint/api. */
  doc: string
  operationId: string
  summary: string
  description: string
  /** As documented, below `/api`; the router matches any letter case. */
  path: string
  /** How a function with arguments is called, as the page writes it: the router has them as one parameter. */
  call?: { path: string; params: Readonly<Record<string, { description: string; example: string }>> }
  /** What a path parameter is, by its name. */
  params?: Readonly<Record<string, { description: string; example: string }>>
  /** What a parameter of the query without `$` is, by its name. */
  parameters?: Readonly<Record<string, Parameter>>
  /** The type of a row. */
  of: ObjectSchema
  /** The entity set that it lists, in the service's model. */
  entitySet?: string
  /** The function of the service's model that it is: its name, and the type that it is bound to. */
  bound?: {
    to: string
    name: string
    collection?: boolean
    parameters?: readonly { name: string; type: string }[]
  }
  permissions: Permissions
  /** Permissions that only `--profile observed` accepts besides. */
  tolerated?: Permissions
  /** Properties that this page does not show though another of the same type does: `--profile documented` hides them. */
  undocumented?: readonly string[]
  /** Fragment of `@odata.context`. */
  context: (profile: Profile) => string
  /** The answer follows from the world alone, so it is good until the world changes. */
  lasting: boolean
  /** The quirk `getmissingkbs-flaky-404` concerns it. */
  flaky?: boolean
  evidence: readonly Evidence[]
}

/** A page that answers with `{"@odata.context", "value": [...]}`. */
export interface Collection extends Page {
  kind: 'collection'
  /** The documented ceiling of `$top`, and the size of a page. */
  maxTop: number
  /** Pages go on by `pagesize` and `$skiptoken`, as those of exports do; so many rows in one that names no size. */
  export?: { pageSize: number }
  /** Properties that the page allows in `$filter`; all when it lists none. */
  filterable?: readonly string[]
  /** `@odata.type` that live captures show in each row. */
  rowType?: string
  /** Live captures show `@odata.count` although nobody asked for it. */
  counted?: boolean
  read: (reading: Reading) => Promise<Rows<object>> | Rows<object>
}

/** A page that answers with one object. */
export interface Single extends Page {
  kind: 'single'
  read: (reading: Reading) => Promise<object> | object
}

export type Endpoint = Collection | Single

export function collection(page: Omit<Collection, 'kind'>): Collection {
  return { kind: 'collection', ...page }
}

export function single(page: Omit<Single, 'kind'>): Single {
  return { kind: 'single', ...page }
}

/** The path as the page writes it, with its parameters in braces. */
export function pathOf({ path, call }: Pick<Endpoint, 'path' | 'call'>): string {
  return call?.path ?? path.replace(/:(\w+)/g, '{$1}')
}

/** Namespace of the service's own `$metadata` (observed). */
export const namespace = 'microsoft.windowsDefenderATP.api'
