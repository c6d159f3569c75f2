import { pathOf } from '../defender/endpoint.js'
import { endpoints } from '../defender/endpoints/index.js'
import { pathDistance, sharesWord } from './path-distance.js'

/** Something that is served, as a person looks it up. */
export interface Served {
  methods: readonly string[]
  /** As written: `/api/machines/{machineId}`. */
  path: string
  /** The slug of Microsoft's page or, where there is none, the last word of the path. */
  operation: string
  /** Names in lower case of what the query may hold besides OData's options. */
  parameters: ReadonlySet<string>
}

const get = ['GET']
const post = ['POST']
const both = ['GET', 'POST']
const none: ReadonlySet<string> = new Set()

/** Parameters of the authorize page that tell nobody's secret. */
const authorizing = new Set(
  'client_id,response_type,response_mode,scope,resource,prompt,domain_hint,code_challenge_method,x-client-sku,x-client-ver'.split(
    ','
  )
)
const versions = new Set(['api-version', 'x-client-sku', 'x-client-ver'])
const discovering = new Set([...versions, 'authorization_endpoint'])

/** The sign-in service, export files and the model: routes as the router writes them. */
const others: readonly [methods: readonly string[], routes: readonly string[], operation: string, may?: Set<string>][] =
  [
    [post, ['/:tenant/oauth2/v2.0/token', '/:tenant/oauth2/token'], 'token', versions],
    [post, ['/:tenant/oauth2/v2.0/devicecode', '/:tenant/oauth2/devicecode'], 'devicecode', versions],
    [both, ['/:tenant/oauth2/v2.0/authorize', '/:tenant/oauth2/authorize'], 'authorize', authorizing],
    [both, ['/:tenant/oauth2/deviceauth'], 'deviceauth'],
    [post, ['/:tenant/login'], 'login'],
    [both, ['/:tenant/oauth2/v2.0/logout', '/:tenant/oauth2/logout'], 'logout'],
    [get, ['/:tenant/oauth2/nativeclient'], 'nativeclient'],
    [both, ['/:tenant/openid/userinfo'], 'userinfo'],
    [
      get,
      ['/:tenant/v2.0/.well-known/openid-configuration', '/:tenant/.well-known/openid-configuration'],
      'openid-configuration',
      versions
    ],
    [get, ['/:tenant/discovery/v2.0/keys', '/:tenant/discovery/keys'], 'keys', versions],
    [get, ['/common/discovery/instance'], 'instance-discovery', discovering],
    [get, ['/api/$metadata'], 'metadata'],
    [get, ['/api/', '/api'], 'service-document'],
    // Not `sig`, which is what lets one in.
    [get, ['/tvm-export/*'], 'export-file', new Set(['sv', 'st', 'se', 'sr', 'sp'])]
  ]

/** What is served, by the router's way to write it. */
export const served: ReadonlyMap<string, Served> = new Map([
  ...endpoints.flatMap((endpoint): [string, Served][] => {
    const parameters = new Set(Object.keys(endpoint.parameters ?? {}).map(name => name.toLowerCase()))
    const page = { methods: get, operation: endpoint.doc, parameters }
    const written = `/api${pathOf(endpoint)}`
    const one: [string, Served] = [`/api${endpoint.path}`, { ...page, path: written }]
    return endpoint.kind === 'single'
      ? [one]
      : [one, [`/api${endpoint.path}/$count`, { ...page, path: `${written}/$count` }]]
  }),
  ...others.flatMap(([methods, routes, operation, parameters = none]) =>
    routes.map((route): [string, Served] => [
      route,
      { methods, path: route.replace(/:(\w+)/g, '{$1}'), operation, parameters }
    ])
  )
])

/** The names of all operations. */
export const operationNames: readonly string[] = [...new Set([...served.values()].map(({ operation }) => operation))]

/** Farther than a segment that is missing and a parameter, it is not what was meant. */
const farthest = 0.9
/** Segments that say nothing about what is meant. */
const common = ['api', 'oauth2', 'v2.0']
/** The same path, another method. */
const otherMethod = 0.05

/** What was probably meant by a request that nothing serves: `GET /api/machines`, or nothing near. */
export function nearest(method: string, path: string): string | undefined {
  let best: { name: string; far: number } | undefined
  for (const { methods, path: template, operation } of served.values()) {
    // Nobody who misses a path means the list of all.
    if (operation === 'service-document') continue
    const far = pathDistance(path, template) + (methods.includes(method) ? 0 : otherMethod)
    if (far >= (best?.far ?? farthest) || !sharesWord(path, template, common)) continue
    best = { name: `${methods[0]} ${template}`, far }
  }
  return best?.name
}
