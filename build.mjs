// Bundles the command and the library into dist/. Bundling takes a third off the cold start; what is loaded late
// (Swagger, faker, Ajv) stays in files of its own.
import { chmod, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { build } from 'esbuild'

const licences = /^(MIT|ISC|BSD-2-Clause|BSD-3-Clause|Apache-2\.0|0BSD|BlueOak-1\.0\.0|Unlicense)$/

await rm('dist', { recursive: true, force: true })
const { metafile } = await build({
  entryPoints: ['src/cli.ts', 'src/index.ts'],
  outdir: 'dist',
  bundle: true,
  splitting: true,
  // Less to read at each start; names stay, for logs.
  minifyWhitespace: true,
  minifySyntax: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  // They come as packages: Swagger UI serves files of its own folder.
  external: [
    '@fastify/swagger',
    '@fastify/swagger-ui',
    // Never loaded (src/compilers.ts): a third of the bundle.
    '@fastify/ajv-compiler',
    '@fastify/fast-json-stringify-compiler'
  ],
  // CommonJS packages inside an ES module want require.
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);"
  },
  chunkNames: 'chunks/[name]-[hash]',
  metafile: true,
  logLevel: 'warning'
})
await chmod('dist/cli.js', 0o755)
await writeFile('dist/NOTICES.txt', await notices(Object.keys(metafile.inputs)))

/** Bundling copies code of others: their names and licences go with it. */
async function notices(inputs) {
  const packages = new Set(
    inputs.map(input => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1]).filter(Boolean)
  )
  const texts = []
  for (const folder of [...packages].sort()) {
    const { name, version, license } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))
    if (!licences.test(license)) throw new Error(`${name} ${version}: licence ${license} is not permissive`)
    const text = await licenceOf(folder)
    texts.push(`${name} ${version} (${license})\n\n${text.trim()}\n`)
  }
  return `Code of these packages is part of the files beside this one.\n\n${texts.join(`\n${'-'.repeat(80)}\n\n`)}`
}

async function licenceOf(folder) {
  for (const file of [
    'LICENSE',
    'LICENSE.md',
    'LICENSE.txt',
    'license',
    'LICENCE',
    'License',
    'LICENSE-MIT',
    'LICENSE.MIT'
  ]) {
    try {
      return await readFile(join(folder, file), 'utf8')
    } catch {
      // The next name.
    }
  }
  return `No licence file in the package ${dirname(folder)}; see its package.json.`
}
