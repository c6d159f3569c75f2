import type { FastifyInstance } from 'fastify'

export interface ConsoleParts {
  options: { noAdmin: boolean; noDocs: boolean }
}

/** The page at `/`: where things are. */
export async function console(app: FastifyInstance, { options }: ConsoleParts): Promise<void> {
  const links = [
    ...(options.noDocs
      ? []
      : [
          ['/docs', 'Swagger UI: authorize with the well-known app and try every operation'],
          ['/openapi.json', 'OpenAPI 3.1 document of the API']
        ]),
    ...(options.noAdmin
      ? []
      : [
          ['/_emulator/info', 'what runs here'],
          ['/_emulator/invariants', 'does the world contradict itself?'],
          ['/_emulator/openapi.json', 'OpenAPI 3.1 document of the control plane']
        ]),
    ['/healthz', 'does the process live?'],
    ['/readyz', 'can it answer?']
  ]
  const page = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>mde-emulator</title>
<style>
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 3rem auto; padding: 0 1rem; color: #1b1b1f; background: #fff }
  code { background: #eef0f4; padding: .1em .3em; border-radius: 4px }
  a { color: #0b57d0 }
  footer { margin-top: 2rem; color: #5b5f66; font-size: .9rem }
  @media (prefers-color-scheme: dark) { body { color: #e4e6ea; background: #17181b } code { background: #2a2c31 } a { color: #8ab4f8 } footer { color: #9aa0a8 } }
</style>
<h1>mde-emulator</h1>
<p>A local emulator of the Microsoft Defender for Endpoint API. The API is below <code>/api</code>; tokens come from
<code>/{tenant}/oauth2/v2.0/token</code>.</p>
<ul>
${links.map(([href, text]) => `  <li><a href="${href}"><code>${href}</code></a> ${text}</li>`).join('\n')}
</ul>
<footer>Not affiliated with Microsoft. All data is synthetic.</footer>
</html>
`
  app.get('/', { schema: { hide: true } as object }, async (_request, reply) =>
    reply.type('text/html; charset=utf-8').send(page)
  )
}
