import { ODataError, quoted } from '../odata/errors.js'
import { Metadata } from '../odata/metadata.js'
import { type Endpoint, namespace } from './endpoint.js'

/** The service's model, of what is served: types, bound functions and entity sets as its own `$metadata` has them. */
export function modelOf(endpoints: readonly Endpoint[]): Metadata {
  const schemas = [...new Set(endpoints.map(({ of }) => of))]
  return new Metadata({
    namespace,
    // The name of the container is assumed: nobody quotes it, and no address needs it.
    container: 'Container',
    types: schemas.map(schema => {
      const { key, base, after, navigation } = schema['x-edm'] ?? {}
      return { name: schema.title, schema, key, base, after, navigation }
    }),
    functions: endpoints.flatMap(({ bound, of, kind }) =>
      bound === undefined ? [] : { ...bound, returns: of.title, single: kind === 'single' }
    ),
    sets: endpoints.flatMap(({ entitySet, of }) => (entitySet === undefined ? [] : { name: entitySet, type: of.title }))
  })
}

/**
 * XML unless JSON is asked for by name, or XML is not accepted at all: Power BI prefers JSON by weight and must get XML
 * (observed in its requests; documented by api-power-bi, whose OData.Feed reads XML only).
 */
export function metadataForm(search: string, accept: string | undefined): 'xml' | 'json' {
  const format = new URLSearchParams(search).get('$format')
  if (format !== null) {
    if (/^(json|application\/json(;.*)?)$/i.test(format.trim())) return 'json'
    if (/^(xml|application\/xml(;.*)?)$/i.test(format.trim())) return 'xml'
    throw new ODataError('$format', undefined, `found ${quoted(format)}`, 'xml or json')
  }
  const accepted = (accept ?? '*/*')
    .split(',')
    .filter(range => !/;\s*q\s*=\s*0(\.0*)?\s*$/.test(range))
    .map(range => range.split(';', 1)[0]!.trim().toLowerCase())
  const takesXml = accepted.some(range => /^(application\/xml|text\/xml|application\/\*|\*\/\*|)$/.test(range))
  return !takesXml && accepted.includes('application/json') ? 'json' : 'xml'
}
