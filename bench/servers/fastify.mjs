// What the framework costs: one route that sends the same bytes and headers, bundled as the emulator is.
import { readFileSync } from 'node:fs'
import Fastify from 'fastify'

const { body, headers } =
  process.argv[2] === undefined ? { body: '{}', headers: {} } : JSON.parse(readFileSync(process.argv[2], 'utf8'))
const bytes = Buffer.from(body)
const app = Fastify({ logger: false })
app.get('/*', (_request, reply) => reply.headers(headers).send(bytes))
const url = await app.listen({ port: Number(process.argv[3] ?? 0), host: '127.0.0.1' })
console.log(JSON.stringify({ url }))
