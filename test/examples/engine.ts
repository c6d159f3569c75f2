import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Container } from './container.js'

/** The body of the engine's ContainerCreate, as far as a test looks at it. */
export interface Definition {
  Image: string
  Env: string[]
  ExposedPorts: Record<string, object>
  HostConfig: { PortBindings: Record<string, { HostPort: string }[]> }
}

/**
 * As much of the Docker Engine's API as Testcontainers asks to run one image, which is a process here. It shows what the
 * example asks an engine for; that an engine does it is not shown.
 */
export async function standInEngine(image: string) {
  const created: Definition[] = []
  const containers = new Map<string, Container>()
  const port = 6330

  async function answer(method: string, path: string, body: string): Promise<[status: number, answer?: unknown]> {
    const [, id, what] = /^\/containers\/(c\d+)(?:\/(\w+))?$/.exec(path) ?? []
    const container = id === undefined ? undefined : containers.get(id)
    if (path === '/info') return [200, { OperatingSystem: 'none', OSType: 'linux', Architecture: 'x86_64' }]
    if (path === `/images/${image}:latest/json`) return [200, {}]
    if (path === '/containers/json') return [200, []]
    if (path === '/containers/create') {
      const Id = `c${created.push(JSON.parse(body))}`
      const variables = created.at(-1)!.Env.map(line => line.split(/=(.*)/s).slice(0, 2))
      containers.set(Id, new Container(Object.fromEntries(variables)))
      return [201, { Id }]
    }
    if (container === undefined) return [404, { message: `the stand-in knows no ${method} ${path}` }]
    if (what === 'start') {
      await container.ready
      return [204]
    }
    if (what === 'json') {
      const mapped = [{ HostIp: '127.0.0.1', HostPort: new URL((await container.ready).url).port }]
      return [
        200,
        {
          Id: id,
          Name: `/${id}`,
          Config: { Hostname: id, Labels: {} },
          State: { Status: 'running', Running: true, StartedAt: new Date().toISOString() },
          NetworkSettings: { Ports: { [`${port}/tcp`]: mapped }, Networks: {} }
        }
      ]
    }
    if (what === 'stop' || (what === undefined && method === 'DELETE')) {
      await container.stop()
      if (what === undefined) containers.delete(id!)
      return [204]
    }
    return [404, { message: `the stand-in knows no ${method} ${path}` }]
  }

  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', text => (body += text))
    request.on('end', async () => {
      const path = request.url!.replace(/^\/v[\d.]+/, '').replace(/\?.*/, '')
      const [status, content] = await answer(request.method!, path, body).catch(error => [500, { message: `${error}` }])
      response.writeHead(status as number, { 'content-type': 'application/json' })
      response.end(content === undefined ? undefined : JSON.stringify(content))
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    created,
    /** How many containers nobody has removed. */
    left: () => containers.size,
    url: `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      await Promise.all([...containers.values()].map(container => container.stop()))
      server.closeAllConnections()
      server.close()
    }
  }
}
