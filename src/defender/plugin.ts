import { pipeline, Readable } from 'node:stream'
import { promisify } from 'node:util'
import { createDeflate, createGzip, deflate, gzip } from 'node:zlib'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { AddressOf } from '../address.js'
import type { Clock } from '../clock.js'
import { filesHost, placeOf } from '../clouds.js'
import { type Caller, permit } from '../entra/permissions.js'
import type { Tokens } from '../entra/tokens.js'
import { contextUrl } from '../odata/context.js'
import { entityOf } from '../odata/entity.js'
import { applyCount, page, type Rows, select } from '../odata/page.js'
import { options, parseQuery } from '../odata/query.js'
import { headerText, reasonHeader } from '../reason.js'
import type { Cosmetics } from '../world/cosmetics.js'
import type { World } from '../world/world.js'
import { Answers } from './answers.js'
import { type Body, bodyOf } from './body.js'
import { admit } from './cloud.js'
import { describeEndpoint, describeMetadata, describeServiceDocument } from './describe.js'
import { type Collection, type Endpoint, type Permissions, type Profile, pathOf, type Reading } from './endpoint.js'
import { endpoints } from './endpoints/index.js'
import { ApiError, apiErrorFrom } from './errors.js'
import type { SharedAccess } from './export-files.js'
import type { Learn } from './learn.js'
import { nextPage } from './links.js'
import { metadataForm, modelOf } from './model.js'
import { isUnserved } from './operations.js'
import { integer, parametersOf } from './parameters.js'
import { type Responses, type Rewriting, responsesHeader } from './responses.js'
import { lineOf } from './snapshot.js'
import { notFoundThisTime, piped, type Quirks } from './tenant-quirks.js'

export interface DefenderParts {
  worldOf: (tenant: string) => World
  tokens: Tokens
  clock: Clock
  addressOf: AddressOf
  cosmetics: () => Promise<Cosmetics>
  /** A new correlation id. */
  correlationId: () => string
  profile: Profile
  /** Size of a page when it is to be smaller than the endpoint's ceiling. */
  pageSize: number | undefined
  /** Allow `$filter` on every property. */
  loose: boolean
  quirks: Quirks
  responses: Responses
  sharedAccess: SharedAccess
  /** The pages' own examples in the place of the world (`--scenario learn`). */
  learn: Learn | undefined
}

declare module 'fastify' {
  interface FastifyRequest {
    caller: Caller
  }
}

/** As a published capture has them, May 2023. */
const jsonType = 'application/json; odata.metadata=minimal; odata.streaming=true; charset=utf-8'
const served = endpoints.map(endpoint => `GET /api${pathOf(endpoint)}`).join(', ')

const compressors = { deflate: promisify(deflate), gzip: promisify(gzip) }

/** The route of a device, by id or by name. */
const byName = `/api${endpoints.find(({ doc }) => doc === 'get-machine-by-id')!.path}`

/** Paths that are served, for any method. */
const servedPath = new RegExp(
  `^(?:|/\\$metadata|${endpoints.map(({ kind, path }) => path.replace(/:\w+/g, '[^/]+') + (kind === 'collection' ? '(?:/\\$count)?' : '')).join('|')})/?$`,
  'i'
)

/** `/api/...`; `/api/v1.0/...` comes here too (see `routed` in app.ts). */
export async function defender(app: FastifyInstance, parts: DefenderParts): Promise<void> {
  const { tokens, addressOf, learn } = parts
  const profile = learn === undefined ? parts.profile : 'documented'
  const answers = new Answers()

  app.decorateRequest('caller', null as unknown as Caller)

  app.addHook('onRequest', (request, _reply, done) => {
    const enter = (caller: Caller) => {
      admit(caller, request.headers.host)
      request.caller = caller
      // Before the body is read: what it holds does not matter. A function of all devices looks like a device's name.
      const { url } = request.routeOptions
      const unserved = request.is404 || (url === byName && isUnserved(pathOfCall(request)))
      done(unserved ? notServed(request) : undefined)
    }
    try {
      const caller = tokens.verify(request.headers.authorization)
      if (caller instanceof Promise) caller.then(enter).catch(done)
      else enter(caller)
    } catch (error) {
      done(error as Error)
    }
  })
  // Makes the hook above run for what is not served.
  app.setNotFoundHandler(() => undefined)

  app.setErrorHandler((error, request, reply) => {
    const quirks = parts.quirks.of(request.caller?.tenant)
    const failure = apiErrorFrom(error, quirks)
    if (failure.status === 500 && failure !== error) request.log.error({ err: error }, 'unexpected error')
    const target = parts.correlationId()
    return refuse(reply, failure, quirks.has('piped-target') ? piped(target) : target)
  })

  for (const endpoint of endpoints) {
    const entity = entityOf(endpoint.of)
    const shown = learn === undefined ? visible(endpoint, profile) : undefined
    const permissions = accepted(endpoint, profile)

    app.get(endpoint.path, { schema: describeEndpoint(endpoint) }, (request, reply) => {
      permit(request.caller, permissions)
      const { tenant } = request.caller
      const world = parts.worldOf(tenant)
      if (endpoint.flaky && parts.quirks.flakes(tenant)) throw notFoundThisTime(request.params as { machineId: string })
      const root = `${addressOf(request)}${prefixOf(request)}`
      const encoding = encodingOf(request)
      const rewriting = parts.responses.rewriting(tenant, request.originalUrl)
      const lasting = endpoint.lasting && rewriting === undefined
      const key = lasting ? `${parts.quirks.of(tenant).key} ${encoding} ${root} ${request.originalUrl}` : ''
      const known = lasting ? answers.get(world, key) : undefined
      if (known !== undefined) return send(reply, known, encoding)
      const { revision } = world
      return answer(request, reply, world, root, rewriting).then(async body => {
        if (rewriting !== undefined) reply.header(responsesHeader, rewriting.summary)
        if (!Buffer.isBuffer(body)) return send(reply, streamed(body, encoding), encoding)
        const packed = encoding === 'identity' ? body : await compressors[encoding](body)
        if (lasting) answers.set(world, revision, key, packed)
        return send(reply, packed, encoding)
      })
    })

    const answer = async (
      request: FastifyRequest,
      reply: FastifyReply,
      world: World,
      root: string,
      rewriting: Rewriting | undefined
    ): Promise<Body> => {
      const search = searchOf(request)
      const reading = readingOf(request, world, search)
      if (endpoint.kind === 'single') {
        const query = parseQuery(search, entity, { maxTop: 1, options: ['$select', '$format'] })
        const answered = {
          '@odata.context': contextUrl(root, endpoint.context(profile), query.select),
          ...select(await read(endpoint, reading), columns(query.select, shown))
        }
        return Buffer.from(JSON.stringify(rewriting?.row(answered, entity, 0) ?? answered))
      }
      const query = parseQuery(search, entity, rulesOf(endpoint))
      const asked = endpoint.export === undefined ? endpoint.maxTop : exportPageSize(endpoint, reading)
      const pageSize = Math.min(parts.pageSize ?? asked, asked)
      if (query.skiptoken !== undefined) query.skip += lineOf(query.skiptoken)
      const abandoned = () => reply.raw.destroyed
      const all = (await read(endpoint, reading)) as Rows<object>
      const rows = rewriting?.choice(all, endpoint.path.includes(':')) ?? all
      const { value, count, nextSkip } = await page(rows, query, {
        pageSize,
        abandoned,
        linkAfterTop: !reading.quirks.has('top-drops-nextlink')
      })
      const counted = endpoint.counted === true && profile === 'observed'
      const total = count ?? (counted ? await applyCount(rows, query, abandoned) : undefined)
      const head = {
        '@odata.context': contextUrl(root, endpoint.context(profile), query.select),
        ...(total !== undefined && { '@odata.count': total })
      }
      const next = (line: number) => nextPage(endpoint, { search, line, pageSize, reading })
      const printed = query.skiptoken === undefined && query.top === undefined && learn?.nextLink(endpoint, reading)
      if (printed) return bodyOf(head, value, { '@odata.nextLink': `${addressOf(request)}${printed}` })
      const linkTo = (line: number) => ({
        '@odata.nextLink': `${addressOf(request)}${askedPath(request)}?${next(line)}`
      })
      const isFirst = query.top === undefined && !/(?:^|&)(?:\$|%24)skip/i.test(search)
      if (rewriting?.emptyPage(isFirst)) return bodyOf(head, [], linkTo(0))
      const shownPage = shownRows(value, columns(query.select, shown), endpoint)
      const tail = nextSkip === undefined ? {} : linkTo(nextSkip)
      return bodyOf(head, rewriting?.rows(shownPage, entity, query.skip) ?? shownPage, tail)
    }

    if (endpoint.kind === 'collection') {
      app.get(`${endpoint.path}/$count`, { schema: { hide: true } }, async (request, reply) => {
        permit(request.caller, permissions)
        const query = parseQuery(searchOf(request), entity, rulesOf(endpoint))
        const reading = readingOf(request, parts.worldOf(request.caller.tenant), searchOf(request))
        const rows = (await read(endpoint, reading)) as Rows<object>
        reply.header('odata-version', '4.0').type('text/plain; charset=utf-8')
        return String(await applyCount(rows, query, () => reply.raw.destroyed))
      })
    }
  }

  const model = modelOf(endpoints)
  app.get('/$metadata', { schema: describeMetadata }, (request, reply) => {
    reply.header('odata-version', '4.0')
    return metadataForm(searchOf(request), request.headers.accept) === 'json'
      ? reply.type(jsonType).send(JSON.stringify(model.json()))
      : reply.type('application/xml; charset=utf-8').send(model.xml())
  })
  app.get('/', { schema: describeServiceDocument }, (request, reply) => {
    const document = {
      '@odata.context': `${addressOf(request)}${prefixOf(request)}/$metadata`,
      value: model.sets.map(({ name }) => ({ name, kind: 'EntitySet', url: name }))
    }
    return reply.header('odata-version', '4.0').type(jsonType).send(JSON.stringify(document))
  })

  const read = (endpoint: Endpoint, reading: Reading) =>
    learn === undefined ? endpoint.read(reading) : learn.read(endpoint, reading)

  /** Rows with these properties only, and with the type that captures show. */
  const shownRows = (
    rows: Rows<object>,
    names: readonly string[] | undefined,
    { rowType }: Collection
  ): Rows<object> => {
    const type = profile === 'documented' ? undefined : rowType
    if (names === undefined && type === undefined) return rows
    const annotation = type === undefined ? {} : { '@odata.type': type }
    return { length: rows.length, at: index => ({ ...annotation, ...select(rows.at(index)!, names) }) }
  }

  const rulesOf = (endpoint: Collection) => ({
    maxTop: endpoint.maxTop,
    ...(endpoint.export !== undefined && { options: [...options, '$skiptoken'] }),
    ...(endpoint.filterable !== undefined && !parts.loose && { filterable: endpoint.filterable })
  })

  const readingOf = (request: FastifyRequest, world: World, search: string): Reading => ({
    world,
    params: request.params as Record<string, string>,
    parameters: parametersOf(search),
    fileAddress: (path, from, until) =>
      `${placeOf(request.headers.host) === undefined ? addressOf(request) : `https://${filesHost}`}/tvm-export${path}?${parts.sharedAccess.sign(path, from, until)}`,
    now: parts.clock.of(request.caller.tenant).now(),
    cosmetics: parts.cosmetics,
    quirks: parts.quirks.of(request.caller.tenant)
  })
}

type Encoding = 'identity' | keyof typeof compressors

function streamed(pieces: AsyncIterable<string>, encoding: Encoding): Readable {
  const body = Readable.from(pieces)
  if (encoding === 'identity') return body
  const packed = encoding === 'deflate' ? createDeflate() : createGzip()
  // Ends both when one ends early: who hangs up needs no more rows.
  pipeline(body, packed, () => undefined)
  return packed
}

function send(reply: FastifyReply, body: Buffer | Readable, encoding: Encoding): FastifyReply {
  reply.header('content-type', jsonType).header('odata-version', '4.0').header('vary', 'Accept-Encoding')
  if (encoding !== 'identity') reply.header('content-encoding', encoding)
  return reply.send(body)
}

/** The one error envelope of the service. `target` is the correlation id (page common-errors). */
function refuse(reply: FastifyReply, { status, code, message, reason, headers }: ApiError, target: string) {
  return reply
    .code(status)
    .headers(headers)
    .header(reasonHeader, headerText(reason))
    .header('odata-version', '4.0')
    .type(jsonType)
    .send(JSON.stringify({ error: { code, message, target } }))
}

function notServed(request: FastifyRequest): ApiError {
  const asked = `${request.method} ${askedPath(request)}`
  const path = pathOfCall(request)
  if (isUnserved(path)) {
    return new ApiError(
      501,
      'NotImplementedInEmulator',
      `The service has ${asked}, this emulator does not. It serves: ${served}.`,
      'exists in production, is not served here'
    )
  }
  return servedPath.test(path)
    ? new ApiError(
        405,
        'MethodNotAllowed',
        `The requested resource does not support http method '${request.method}'.`,
        `${request.method} is not served here, only GET`,
        { allow: 'GET' }
      )
    : new ApiError(
        404,
        'NotFound',
        `No HTTP resource was found that matches the request '${asked}'.`,
        `served are ${served}`
      )
}

/** As it was routed, without `/api`. */
function pathOfCall(request: FastifyRequest): string {
  const path = request.url.split('?', 1)[0]!.slice('/api'.length)
  return path.replace(/\/{2,}/g, '/') || '/'
}

/** Contexts keep the version that was asked with. */
function prefixOf(request: FastifyRequest): string {
  return /^\/+api\/+v1\.0(?:\/|\?|$)/i.test(request.originalUrl) ? '/api/v1.0' : '/api'
}

/** deflate as in the capture; gzip for clients that offer nothing else (assumed). */
function encodingOf(request: FastifyRequest): Encoding {
  const offered = request.headers['accept-encoding']
  if (offered === undefined) return 'identity'
  const accepts = (name: string) =>
    new RegExp(`(?:^|,)\\s*${name}\\s*(?:;\\s*q=(?!0(?:\\.0+)?\\s*(?:,|$)).*?)?(?:,|$)`, 'i')
  if (accepts('deflate').test(offered)) return 'deflate'
  return accepts('gzip').test(offered) ? 'gzip' : 'identity'
}

/** How many rows a page of an export has. */
function exportPageSize({ export: pages, maxTop }: Collection, { parameters }: Reading): number {
  const given = parameters.get('pagesize')
  return given === undefined ? pages!.pageSize : integer(given, 'pageSize', 1, maxTop)
}

/** `--profile documented` hides what only captures show; undefined means everything. */
function visible({ of, undocumented = [] }: Endpoint, profile: Profile): readonly string[] | undefined {
  const hidden = [...of['x-observed'], ...undocumented]
  if (profile === 'observed' || hidden.length === 0) return undefined
  return Object.keys(of.properties).filter(name => !hidden.includes(name))
}

function columns(selected: readonly string[] | undefined, shown: readonly string[] | undefined) {
  if (selected === undefined || shown === undefined) return selected ?? shown
  return selected.filter(name => shown.includes(name))
}

function accepted({ permissions, tolerated }: Endpoint, profile: Profile): Permissions {
  if (tolerated === undefined || profile === 'documented') return permissions
  return {
    application: [...permissions.application, ...tolerated.application],
    delegated: [...permissions.delegated, ...tolerated.delegated]
  }
}

function askedPath(request: FastifyRequest): string {
  return request.originalUrl.split('?', 1)[0]!
}

function searchOf(request: FastifyRequest): string {
  const start = request.originalUrl.indexOf('?')
  return start === -1 ? '' : request.originalUrl.slice(start + 1)
}
