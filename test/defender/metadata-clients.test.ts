import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import t from 'tap'
import { documentedDevice, emulated, get } from '../emulator.js'
import { compiled } from '../typescript.js'

/*
 * What a user of $metadata does: generate a client. odata2ts writes it; whatever it calls must be answered.
 */

const require = createRequire(import.meta.url)

/** What such a user writes. It is compiled strictly, then run. */
const sample = `
import { FetchClient } from '@odata2ts/http-client-fetch'
import { DefenderService } from './client/DefenderService'
import { RiskScore } from './client/DefenderModel'

export const asked: string[] = []

class Client extends FetchClient {
  protected override executeRequest<Model>(...request: Parameters<FetchClient['executeRequest']>) {
    asked.push(decodeURIComponent(request[1].replace(/^.*?\\/api/, '')))
    return super.executeRequest<Model>(...request)
  }
}

export async function missing(root: string, authorization: string, software: string, device: string) {
  const service = new DefenderService(new Client({ headers: { authorization } }), root)
  const bySoftware = await service.Software(software).GetMissingKbs()
  const byMachine = await service.Machines(device).GetMissingKbs()
  // @ts-expect-error: a KB has no such property
  bySoftware.data.value[0]?.severity
  // @ts-expect-error: the function is bound to one product, not to all
  const wrong = () => service.Software().GetMissingKbs()
  return {
    bySoftware: bySoftware.data.value.map(({ id, machineMissedOn }) => ({ id, devices: machineMissedOn satisfies number })),
    byMachine: byMachine.data.value.map(({ productsNames }) => productsNames.join()),
    wrong: typeof wrong
  }
}

export async function queries(root: string, authorization: string, device: string) {
  const service = new DefenderService(new Client({ headers: { authorization } }), root)
  const software = await service.Software().query((builder, product) =>
    builder.filter(product.vendor.eq('microsoft'), product.name.startsWith('e')).select('id', 'weaknesses').top(2).count()
  )
  const machines = await service.Machines().query((builder, machine) =>
    builder.filter(machine.riskScore.ne(RiskScore.High)).orderBy(machine.computerDnsName.asc()).top(3)
  )
  const machine = await service.Machines(device).query()
  return {
    software: software.data.value,
    count: software.data['@odata.count'],
    machines: machines.data.value.map(({ riskScore }) => riskScore),
    machine: machine.data.id
  }
}

/** Everything that the model has: each way to go, each function. */
export async function everything(root: string, authorization: string, software: string, device: string, now: string) {
  const service = new DefenderService(new Client({ headers: { authorization } }), root)
  const vulnerability = (await service.Vulnerabilities().query(builder => builder.top(1))).data.value[0]!.id
  const [product, machine] = [service.Software(software), service.Machines(device)]
  const [cve, advice] = [service.Vulnerabilities(vulnerability), service.Recommendations('va-_-' + software)]
  const machines = service.Machines()
  const one = { params: { $top: 1 } }
  const answers = [
    product.query(),
    product.vulnerabilities().query(builder => builder.top(1)),
    product.Distributions(),
    product.MachineReferences(),
    product.Vulnerabilities(one),
    machine.software().query(),
    machine.vulnerabilities().query(),
    machine.recommendations().query(),
    machine.Software(),
    machine.Vulnerabilities(one),
    machine.Recommendations(),
    machines.FindByIp({ ip: '10.0.0.1', timestamp: now }),
    machines.FindByTag({ params: { tag: 'none' } }),
    machines.SoftwareInventoryByMachine(one),
    machines.SoftwareInventoryExport(),
    machines.SoftwareVulnerabilitiesByMachine(one),
    machines.SoftwareVulnerabilitiesExport(),
    machines.SoftwareVulnerabilityChangesByMachine({ params: { sinceTime: now, ...one.params } }),
    cve.query(),
    cve.MachineReferences(),
    service.Vulnerabilities().MachinesVulnerabilities(one),
    advice.query(),
    advice.software().query(),
    advice.vulnerabilities().query(),
    advice.Software(),
    advice.MachineReferences(),
    advice.Vulnerabilities(one),
    service.ExposureScore().query(),
    service.ConfigurationScore().query(),
    service.ExposureScore().ByMachineGroups()
  ]
  return (await Promise.allSettled(answers)).map(answer =>
    answer.status === 'fulfilled' ? answer.value.status : String(answer.reason)
  )
}
`

const tsconfig = '{"compilerOptions":{"target":"es2022","module":"commonjs","moduleResolution":"node"}}'

t.test('a client that is generated from $metadata compiles, and whatever it calls is answered', async t => {
  const emulator = await emulated(t)
  const xml = (await get(emulator, '/api/$metadata')).body
  // The generator writes imports without extensions: CommonJS.
  const folder = t.testdir({
    'package.json': '{"type":"commonjs"}',
    'tsconfig.json': tsconfig,
    'metadata.xml': xml,
    'sample.ts': sample
  })
  const generated = spawnSync(
    process.execPath,
    [
      require.resolve('@odata2ts/odata2ts/lib/run-cli.js'),
      ...'-s metadata.xml -o client -m all -e ts -name Defender'.split(' ')
    ],
    { cwd: folder, encoding: 'utf8' }
  )
  t.match(generated.stdout, /Successfully finished/, generated.stderr)
  t.same(compiled(folder, ['sample.ts']), [], 'strictly')

  const root = `${await emulator.listen({ port: 0 })}/api`
  const { authorization } = await emulator.headers()
  const client = require(`${folder}/sample.js`)
  const edge = 'microsoft-_-edge'

  const { bySoftware, byMachine } = await client.missing(root, authorization, edge, documentedDevice)
  t.match(bySoftware[0], { id: /^\d+$/, devices: Number })
  t.match(byMachine, [/\w/])
  t.same(client.asked, [
    `/Software('${edge}')/microsoft.windowsDefenderATP.api.GetMissingKbs()`,
    `/Machines('${documentedDevice}')/microsoft.windowsDefenderATP.api.GetMissingKbs()`
  ])

  t.match(await client.queries(root, authorization, documentedDevice), {
    software: [{ id: /^microsoft-_-/, weaknesses: Number }, {}],
    count: Number,
    machines: [String, String, String],
    machine: documentedDevice
  })

  const { now } = await emulator.control.info()
  const statuses = await client.everything(root, authorization, edge, documentedDevice, now)
  const calls = client.asked.slice(-statuses.length)
  for (const [index, status] of statuses.entries()) t.equal(status, 200, calls[index])

  const functions = new Set(client.asked.filter((url: string) => url.includes('/microsoft.windowsDefenderATP.api.')))
  t.equal(functions.size, xml.match(/<Function /g)?.length, 'every function of the model was called')
})
