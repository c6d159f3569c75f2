import { spawnSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import t from 'tap'
import { apiHosts, signInHosts } from '../../src/clouds.js'
import { madeAuthority, madeLeaf, permittedNames } from '../../src/tls/certificates.js'
import { flawOfName, namesWith } from '../../src/tls/names.js'
import { handshake, hasOpenssl, leafFor, usual } from './tls.js'

const day = 86_400_000
const names = namesWith(['mde'])

t.test('the certificate is for this machine, for every host of the service and for the names added', async t => {
  const { certificate } = await leafFor(names)
  const leaf = new X509Certificate(certificate)
  for (const host of ['localhost', 'mde', ...signInHosts, ...apiHosts]) t.equal(leaf.checkHost(host), host)
  for (const address of ['127.0.0.1', '::1']) t.equal(leaf.checkIP(address), address)
  t.equal(leaf.checkHost('example.com'), undefined)
  t.equal(leaf.checkHost('graph.microsoft.com'), undefined)
  t.equal(signInHosts.length + apiHosts.length, 19)
  t.same(namesWith(['MDE', 'mde']).dns.filter(name => name === 'mde').length, 1)
})

t.test('both CAs may vouch for these names only, and a year long', async t => {
  const { root, issuer } = await usual
  for (const pem of [root, issuer]) {
    const ca = new X509Certificate(pem)
    t.ok(ca.ca)
    t.same(permittedNames(pem), names.dns)
    t.equal(Date.parse(ca.validTo) - Date.parse(ca.validFrom), 365 * day)
    t.match(ca.keyUsage, ['1.3.6.1.5.5.7.3.1'], 'servers only')
    t.equal(ca.publicKey.asymmetricKeyDetails?.namedCurve, 'prime256v1')
  }
  t.ok(new X509Certificate(issuer).verify(new X509Certificate(root).publicKey))
  t.not(new X509Certificate(issuer).subject, new X509Certificate(root).subject)
  const other = await madeAuthority(names, Date.now())
  t.not(new X509Certificate(other.root).subject, new X509Certificate(root).subject, 'no two have one name')
})

t.test('what is kept cannot speak for the root', async t => {
  // Java does not heed the constraints of a trusted root: whoever had its key could vouch for anything there.
  const { root, key } = await usual
  const { createPrivateKey } = await import('node:crypto')
  t.notOk(new X509Certificate(root).checkPrivateKey(createPrivateKey(key)))
})

t.test('a certificate ends before its CA does', async t => {
  const now = Date.now()
  const old = await madeAuthority(names, now - 300 * day)
  const leaf = new X509Certificate((await madeLeaf(old, names, now)).certificate)
  t.equal(leaf.validTo, new X509Certificate(old.issuer).validTo)
  const fresh = new X509Certificate((await leafFor(names)).certificate)
  t.equal(Date.parse(fresh.validTo) - Date.parse(fresh.validFrom), 90 * day)
})

t.test('Node takes what is allowed and refuses the rest', async t => {
  const authority = await usual
  for (const host of ['localhost', 'login.microsoftonline.com', 'mde']) {
    t.equal(await handshake(authority, await leafFor(names), host), undefined, host)
  }
  t.match(await handshake(authority, await leafFor({ dns: ['example.com'] }), 'example.com'), /permitted subtree/)
  t.match(
    await handshake(authority, await leafFor({ dns: ['localhost', 'example.com'] }), 'localhost'),
    /permitted subtree/,
    'nor beside a name that is allowed'
  )
  t.match(await handshake(authority, await leafFor({ dns: ['localhost'], ip: ['10.0.0.1'] }), 'localhost'), /subtree/)
  t.match(await handshake(authority, await leafFor({ dns: ['localhost'], ip: ['::2'] }), 'localhost'), /subtree/)
  t.equal(await handshake(authority, await leafFor({ dns: ['localhost'], ip: ['127.9.9.9'] }), 'localhost'), undefined)
})

t.test('OpenSSL agrees, strictly', { skip: hasOpenssl ? false : 'there is no openssl' }, async t => {
  const { root, issuer } = await usual
  const folder = t.testdir({ 'root.pem': root, 'issuer.pem': issuer })
  const verified = (name: string, pem: string) => {
    const leaf = t.testdir({ 'root.pem': root, 'issuer.pem': issuer, [name]: pem })
    const args = ['verify', '-x509_strict', '-purpose', 'sslserver', '-CAfile', `${leaf}/root.pem`]
    const { stdout, stderr } = spawnSync('openssl', [...args, '-untrusted', `${leaf}/issuer.pem`, `${leaf}/${name}`])
    return `${stdout}${stderr}`
  }
  t.match(verified('good.pem', (await leafFor(names)).certificate), /good\.pem: OK/)
  for (const foreign of [
    { dns: ['example.com'] },
    { ip: ['10.0.0.1'] },
    { dns: ['localhost', 'login.microsoft.com'] }
  ]) {
    t.match(verified('foreign.pem', (await leafFor(foreign)).certificate), /permitted subtree violation/)
  }
  const { stdout } = spawnSync('openssl', ['x509', '-in', `${folder}/root.pem`, '-noout', '-text'])
  const text = String(stdout)
  for (const part of [
    /Name Constraints: critical/,
    /Key Usage: critical/,
    /Basic Constraints: critical\s+CA:TRUE, pathlen:1/,
    /IP:127\.0\.0\.0\/255\.0\.0\.0/,
    /IP:0:0:0:0:0:0:0:1\/FFFF:FFFF:FFFF:FFFF:FFFF:FFFF:FFFF:FFFF/,
    /Subject Key Identifier/,
    /Authority Key Identifier/
  ]) {
    t.match(text, part)
  }
})

t.test('names that the certificate may not have are refused', async t => {
  for (const name of ['mde', 'mde.example.test', 'a-b.c', 'MDE', 'my_service']) t.equal(flawOfName(name), undefined)
  for (const name of ['', '*', '*.example.com', 'a..b', '.com', 'a b', '-a', 'a-', 'x'.repeat(64), 'ä', 'http://a']) {
    t.match(flawOfName(name), /^a host name, such as/, name)
  }
  for (const name of ['127.0.0.1', '::1', '10.0.0.1']) t.match(flawOfName(name), /not an address/, name)
  // A constraint to "dev" would hold for all of .dev.
  for (const name of ['dev', 'com', 'COM', 'io']) t.match(flawOfName(name), /top-level domain/, name)
})
