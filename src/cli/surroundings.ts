import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { rootCertificates } from 'node:tls'
import { impersonatedHosts } from '../clouds.js'
import type { Credentials } from '../credentials.js'

export interface Reachable {
  url: string
  httpsUrl: string | undefined
  caPem: string | undefined
  credentials: Credentials
}

/** Where systems keep their roots: Debian and Alpine, Fedora, SUSE, FreeBSD, macOS. */
const systemBundles = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/usr/local/share/certs/ca-root-nss.crt',
  '/etc/ssl/cert.pem'
]
/** Variables that name a file of roots which a runtime takes in the place of the system's, or beside them. */
const bundleVariables = ['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'REQUESTS_CA_BUNDLE', 'CURL_CA_BUNDLE'] as const
const storePassword = 'changeit'

/**
 * The environment in which a program reaches the emulator under the real names: proxy and roots as each runtime
 * understands them, and credentials for azure-identity unless there are some. The roots are the system's, the user's own
 * and ours.
 */
export function surroundings(
  { url, httpsUrl, caPem, credentials }: Reachable,
  environment: NodeJS.ProcessEnv,
  folder: string
): NodeJS.ProcessEnv {
  const { hostname, port } = new URL(url)
  const own = bundleVariables.flatMap(name => contentOf(environment[name]) ?? [])
  const roots = [systemBundles.map(contentOf).find(text => text !== undefined) ?? rootCertificates.join('\n'), ...own]
  const bundle = join(folder, 'roots.pem')
  writeFileSync(bundle, [...roots, caPem ?? ''].join('\n'))
  const store = join(folder, 'roots.jks')
  writeFileSync(store, javaKeyStore(certificatesIn([...roots, caPem ?? ''].join('\n'))))

  const bypass = [environment.NO_PROXY ?? environment.no_proxy, 'localhost', '127.0.0.1', '::1']
    .filter(Boolean)
    .join(',')
  const java = [
    environment.JAVA_TOOL_OPTIONS,
    `-Dhttps.proxyHost=${hostname}`,
    `-Dhttps.proxyPort=${port}`,
    `-Djavax.net.ssl.trustStore=${store}`,
    '-Djavax.net.ssl.trustStoreType=JKS',
    `-Djavax.net.ssl.trustStorePassword=${storePassword}`
  ]
  return {
    ...environment,
    HTTPS_PROXY: url,
    // Some read one letter case only.
    https_proxy: url,
    NO_PROXY: bypass,
    no_proxy: bypass,
    // From Node 24 (and 22.21) on; before, it is the preload that leads the way.
    NODE_USE_ENV_PROXY: '1',
    ...(httpsUrl !== undefined && { NODE_OPTIONS: nodeOptions(environment.NODE_OPTIONS, httpsUrl, folder) }),
    // Under the real names there is no control plane.
    MDE_EMULATOR_URL: url,
    ...Object.fromEntries(bundleVariables.map(name => [name, bundle])),
    JAVA_TOOL_OPTIONS: java.filter(Boolean).join(' '),
    AZURE_TENANT_ID: environment.AZURE_TENANT_ID ?? credentials.tenant,
    AZURE_CLIENT_ID: environment.AZURE_CLIENT_ID ?? credentials.clientId,
    AZURE_CLIENT_SECRET: environment.AZURE_CLIENT_SECRET ?? credentials.clientSecret
  }
}

/**
 * Node before 24 heeds no proxy variable in `fetch` and `https`: connections of the program itself to the real names go to
 * the emulator's HTTPS port. Where a proxy is heeded, nothing is left to lead.
 */
function nodeOptions(own: string | undefined, httpsUrl: string, folder: string): string {
  const preload = join(folder, 'names.cjs')
  const { hostname, port } = new URL(httpsUrl)
  writeFileSync(
    preload,
    `// Written by mde-emulator run: what is meant for these names goes to the emulator.
const { Socket } = require('node:net')
const names = new Set(${JSON.stringify(impersonatedHosts)})
const { connect } = Socket.prototype
Socket.prototype.connect = function (...args) {
  // node:net hands its own calls on as an array that it has marked.
  const list = Array.isArray(args[0]) ? args[0] : args
  const [options] = list
  if (options !== null && typeof options === 'object' && Number(options.port) === 443 && names.has(String(options.host).toLowerCase())) {
    list[0] = { ...options, host: '${hostname.replace(/^\[|\]$/g, '')}', port: ${port} }
  }
  return connect.apply(this, args)
}
`
  )
  // Within quotes Node takes a backslash for an escape.
  return [own, `--require "${preload.replaceAll('\\', '\\\\')}"`].filter(Boolean).join(' ')
}

function contentOf(file: string | undefined): string | undefined {
  if (file === undefined || file === '') return undefined
  try {
    return readFileSync(file, 'utf8')
  } catch {
    // Of another system, or none of the user's files: a runtime would pass over it, too.
    return undefined
  }
}

/** In DER, each once. */
function certificatesIn(pem: string): Buffer[] {
  const found = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
  const bodies = new Set(found.map(text => text.replace(/-----[^-]+-----|\s/g, '')))
  return [...bodies].map(body => Buffer.from(body, 'base64'))
}

/**
 * A Java key store of trusted certificates. Java reads neither PEM nor a PKCS #12 file without its own attributes, and no
 * maintained library writes its old format, which every version reads (sun.security.provider.JavaKeyStore).
 */
function javaKeyStore(certificates: readonly Buffer[]): Buffer {
  const int = (value: number) => {
    const bytes = Buffer.alloc(4)
    bytes.writeUInt32BE(value)
    return bytes
  }
  const text = (value: string) => {
    const bytes = Buffer.from(value)
    return Buffer.concat([int(bytes.length).subarray(2), bytes])
  }
  const trusted = certificates.flatMap((certificate, index) => [
    int(2),
    text(`root${index}`),
    Buffer.alloc(8),
    text('X.509'),
    int(certificate.length),
    certificate
  ])
  const content = Buffer.concat([int(0xfeedfeed), int(2), int(certificates.length), ...trusted])
  // UTF-16, high byte first.
  const password = Buffer.from(storePassword, 'utf16le').swap16()
  const digest = createHash('sha1').update(password).update('Mighty Aphrodite').update(content).digest()
  return Buffer.concat([content, digest])
}
