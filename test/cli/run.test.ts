import { spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t, { type Test } from 'tap'
import { everything, secret, tenant } from '../emulator.js'

/** The bundled command, as users run it. */
const command = join(import.meta.dirname, '../../../dist/cli.js')
const without = (program: string, ...args: string[]) =>
  spawnSync(program, args.length === 0 ? ['--version'] : args).status === 0
    ? false
    : `there is no ${/^import (\w+)$/.exec(args[1] ?? '')?.[1] ?? program} here`

interface Ended {
  code: number | null
  out: string
  err: string
}

/** `mde-emulator run [options] -- program`. */
async function run(
  t: Test,
  program: string[],
  { options = [], env = {}, input = '' }: { options?: string[]; env?: NodeJS.ProcessEnv; input?: string } = {}
): Promise<Ended> {
  const dataDir = t.testdirName === undefined || !existsSync(t.testdirName) ? t.testdir({}) : t.testdirName
  const child = spawn(
    process.execPath,
    [command, 'run', '--machines', '320', '--data-dir', dataDir, ...options, '--', ...program],
    {
      env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env }
    }
  )
  t.teardown(() => void child.kill('SIGKILL'))
  child.stdin.end(input)
  let [out, err] = ['', '']
  child.stdout.on('data', piece => (out += piece))
  child.stderr.on('data', piece => (err += piece))
  return new Promise(resolve => child.once('close', code => resolve({ code, out, err })))
}

t.test("standard input and output are the program's, and so is the exit code", async t => {
  const { code, out, err } = await run(t, ['sh', '-c', 'cat; echo "$1"; exit 7', 'sh', 'an argument --help'], {
    input: 'given\n'
  })
  t.equal(code, 7)
  t.equal(out, 'given\nan argument --help\n')
  const lines = err.trim().split('\n').slice(-5)
  t.match(lines, [
    /: requests {2}0, of which 0/,
    /: tokens {4}0;/,
    /: proxy {5}0 connections/,
    /: errors {4}none/,
    /: and {7}no others/
  ])
})

t.test('what runtimes understand', async t => {
  const roots = join(
    t.testdir({ 'mine.pem': '-----BEGIN CERTIFICATE-----\nMINE\n-----END CERTIFICATE-----\n' }),
    'mine.pem'
  )
  const { out } = await run(t, ['sh', '-c', 'env; cat "$SSL_CERT_FILE"'], {
    env: {
      REQUESTS_CA_BUNDLE: roots,
      NO_PROXY: 'intranet.test',
      JAVA_TOOL_OPTIONS: '-Dmine=1',
      AZURE_CLIENT_ID: 'my-own'
    }
  })
  const value = (name: string) => new RegExp(`^${name}=(.*)$`, 'm').exec(out)?.[1]
  t.match(value('HTTPS_PROXY'), /^http:\/\/127\.0\.0\.1:\d+$/)
  t.equal(value('https_proxy'), value('HTTPS_PROXY'))
  t.equal(value('NO_PROXY'), 'intranet.test,localhost,127.0.0.1,::1')
  t.equal(value('NODE_USE_ENV_PROXY'), '1')
  for (const name of ['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'REQUESTS_CA_BUNDLE', 'CURL_CA_BUNDLE'])
    t.match(value(name), /roots\.pem$/, name)
  t.match(
    value('JAVA_TOOL_OPTIONS'),
    /^-Dmine=1 -Dhttps\.proxyHost=127\.0\.0\.1 -Dhttps\.proxyPort=\d+ -Djavax\.net\.ssl\.trustStore=/
  )
  t.match(out, 'MINE', "the user's own roots are in the bundle, too")
  t.equal(value('AZURE_TENANT_ID'), tenant)
  t.equal(value('AZURE_CLIENT_ID'), 'my-own', 'what the user has set stays')
  t.equal(value('AZURE_CLIENT_SECRET'), secret)
  t.notOk(existsSync(dirname(value('SSL_CERT_FILE')!)), 'nothing is left behind')
})

t.test('Node, by fetch and by https, whatever its version knows of proxies', async t => {
  const script = `
    const https = require('node:https')
    const url = 'https://api.securitycenter.microsoft.com/api/Software'
    const form = new URLSearchParams({ grant_type: 'client_credentials', client_id: process.env.AZURE_CLIENT_ID,
      client_secret: process.env.AZURE_CLIENT_SECRET, scope: 'https://api.securitycenter.microsoft.com/.default' })
    const login = 'https://login.microsoftonline.com/' + process.env.AZURE_TENANT_ID + '/oauth2/v2.0/token'
    fetch(login, { method: 'POST', body: form }).then(r => r.json()).then(async ({ access_token }) => {
      const headers = { authorization: 'Bearer ' + access_token }
      const { value } = await (await fetch(url, { headers })).json()
      const status = await new Promise((resolve, reject) =>
        https.get(url, { headers }, answer => resolve(answer.resume().statusCode)).on('error', reject))
      const info = await (await fetch(process.env.MDE_EMULATOR_URL + '/_emulator/info')).json()
      console.log(value.length > 0, status, info.name, process.env.NODE_OPTIONS.includes('--no-warnings'))
    })`
  const { code, out, err } = await run(t, [process.execPath, '-e', script], { env: { NODE_OPTIONS: '--no-warnings' } })
  t.equal(out, 'true 200 mde-emulator true\n', err)
  t.equal(code, 0)
  t.match(err, /: requests {2}2, of which 0/)
})

t.test('signals go through', async t => {
  const child = spawn(
    process.execPath,
    [
      command,
      'run',
      '--machines',
      '5',
      '--data-dir',
      t.testdir({}),
      '--',
      'sh',
      '-c',
      'trap "echo heard; exit 9" TERM; echo up; while :; do sleep 0.05; done'
    ],
    {
      env: { PATH: process.env.PATH, HOME: process.env.HOME }
    }
  )
  t.teardown(() => void child.kill('SIGKILL'))
  let out = ''
  child.stdout.on('data', piece => {
    out += piece
    if (out === 'up\n') child.kill('SIGTERM')
  })
  const code = await new Promise(resolve => child.once('close', resolve))
  t.same([out, code], ['up\nheard\n', 9])
})

t.test('what cannot be run', async t => {
  t.match(await run(t, ['there-is-no-such-program']), {
    code: 127,
    err: /there-is-no-such-program could not be run: there is no such program/
  })
  t.match(await run(t, ['sh', '-c', 'kill -9 $$']), { code: 137 })
  t.match(await run(t, []), { code: 2, err: /usage: mde-emulator run \[options\] -- <program>/ })
  t.match(await run(t, ['true'], { options: ['--no-https'] }), { code: 2, err: /--no-https and run contradict/ })
  t.match(await run(t, ['true'], { options: ['--prot', '1'] }), { code: 2, err: /--port/ })
})

const tokenUrl = `https://login.microsoftonline.com/${tenant}/oauth2/v2.0/token`
const softwareUrl = 'https://api.securitycenter.microsoft.com/api/Software/microsoft-_-edge/getmissingkbs'

t.test('curl', { skip: without('curl') }, async t => {
  const script = `token=$(curl -sS ${tokenUrl} -d grant_type=client_credentials -d client_id=$AZURE_CLIENT_ID --data-urlencode "client_secret=$AZURE_CLIENT_SECRET" -d scope=https://api.securitycenter.microsoft.com/.default | sed 's/.*access_token":"\\([^"]*\\)".*/\\1/')
curl -sS -H "Authorization: Bearer $token" ${softwareUrl}
curl -sS https://example.com/ -o /dev/null; echo "foreign: $?"`
  const { code, out, err } = await run(t, ['sh', '-c', script])
  t.equal(code, 0, err)
  t.match(out, /"machineMissedOn":240,"cveAddressed":14/)
  t.match(out, 'foreign: 56', 'nothing else can be reached')
  t.match(err, /requests {2}1, of which 0/)
})

t.test('Python with requests', { skip: without('python3', '-c', 'import requests') }, async t => {
  const script = `
import os, requests
t = requests.post('${tokenUrl}', data=dict(grant_type='client_credentials', client_id=os.environ['AZURE_CLIENT_ID'],
  client_secret=os.environ['AZURE_CLIENT_SECRET'], scope='https://api.securitycenter.microsoft.com/.default')).json()
r = requests.get('${softwareUrl}', headers={'Authorization': 'Bearer ' + t['access_token']})
print(r.status_code, [k['cveAddressed'] for k in r.json()['value'] if k['id'] == '4540673'])`
  const { code, out, err } = await run(t, ['python3', '-c', script])
  t.equal(code, 0, err)
  t.equal(out, '200 [14]\n')
})

t.test('Python with msal', { skip: without('python3', '-c', 'import msal') }, async t => {
  const script = `
import os, msal
app = msal.ConfidentialClientApplication('${everything}', authority='https://login.microsoftonline.com/${tenant}', client_credential=os.environ['AZURE_CLIENT_SECRET'])
print(app.acquire_token_for_client(['https://api.securitycenter.microsoft.com/.default'])['token_type'])`
  const { code, out, err } = await run(t, ['python3', '-c', script])
  t.equal(code, 0, err)
  t.equal(out, 'Bearer\n')
})

t.test('Java', { skip: without('java', '-version') }, async t => {
  const file = join(
    t.testdir({
      'Client.java': `import java.net.URI; import java.net.http.*; import java.net.http.HttpClient;
public class Client { public static void main(String[] a) throws Exception {
  var c = HttpClient.newBuilder().proxy(java.net.ProxySelector.getDefault()).build();
  var r = c.send(HttpRequest.newBuilder(URI.create("https://login.microsoftonline.com/common/discovery/instance?api-version=1.1")).build(), HttpResponse.BodyHandlers.ofString());
  System.out.println(r.statusCode()); } }`
    }),
    'Client.java'
  )
  const { code, out, err } = await run(t, ['java', file])
  t.equal(code, 0, err)
  t.equal(out, '200\n')
})
