import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { XmlDocument, XsdValidator } from 'libxml2-wasm'
import { xmlRegisterFsInputProviders } from 'libxml2-wasm/lib/nodejs.mjs'
import t from 'tap'
import { metadataForm } from '../../src/defender/model.js'
import { emulated, get } from '../emulator.js'

const require = createRequire(import.meta.url)
const namespace = 'microsoft.windowsDefenderATP.api'

/**
 * The service's own model (a copy of its $metadata in ProxayFox/pysec-clients, 2026), of the types that are served: each
 * property with its type, `!` for Nullable="false", in its order.
 */
const theirs: Record<string, string> = {
  PublicProductFixDto:
    'id String; name String; osBuild Int64; productsNames Collection(String); url String; machineMissedOn Int64!; cveAddressed Int64!',
  PublicProductDto:
    'id String!; name String; vendor String; weaknesses Int64!; publicExploit Boolean!; activeAlert Boolean!; exposedMachines Int64!; installedMachines Int64!; impactScore Single!; isNormalized Boolean!; category String',
  Software: 'distributions Collection(PublicDistributionDto)',
  PublicAssetDto:
    'id String; computerDnsName String; osPlatform String; assetCriticalityLevel String; tags Collection(String); rbacGroupName String; rbacGroupId Int64',
  PublicVulnerabilityDto:
    'id String!; name String; description String; severity String; cvssV3 Double!; cvssVector String; exposedMachines Int64!; publishedOn DateTimeOffset!; updatedOn DateTimeOffset!; firstDetected DateTimeOffset; patchFirstAvailable DateTimeOffset; publicExploit Boolean!; exploitVerified Boolean!; exploitInKit Boolean!; exploitTypes Collection(String); exploitUris Collection(String); cveSupportability String; tags Collection(String); epss Double!; status PublicVulnerabilityExceptionStatusDto!',
  Vulnerability: '',
  ConfigurationScore: 'time DateTimeOffset!; score Double!; rbacGroupName String; rbacGroupId Int64',
  Recommendation:
    'id String!; productName String; recommendationName String; weaknesses Int64!; vendor String; recommendedVersion String; recommendedVendor String; recommendedProgram String; recommendationCategory String; subCategory String; severityScore Double!; publicExploit Boolean!; activeAlert Boolean!; associatedThreats Collection(String); remediationType String; status PublicRecommendationExceptionStatus!; configScoreImpact Double!; exposureImpact Double!; totalMachineCount Int64!; exposedMachinesCount Int64!; nonProductivityImpactedAssets Int64!; relatedComponent String; hasUnpatchableCve Boolean!; tags Collection(String); exposedCriticalDevices Int64!',
  PublicAssetVulnerabilityDto:
    'id String; cveId String; machineId String; fixingKbId String; productName String; productVendor String; productVersion String; severity String',
  PublicDistributionDto: 'version String; installations Int64!; vulnerabilities Int64!',
  Machine:
    'id String!; mergedIntoMachineId String; isPotentialDuplication Boolean!; isExcluded Boolean!; exclusionReason ExclusionReason; computerDnsName String; firstSeen DateTimeOffset; lastSeen DateTimeOffset; osPlatform String; osProcessor String; version String; lastIpAddress String; lastExternalIpAddress String; agentVersion String; osBuild Int64; healthStatus MachineHealthStatus!; deviceValue DeviceValue!; rbacGroupId Int32!; rbacGroupName String; ipAddresses Collection(MachineIpAddress); riskScore RiskScore; exposureLevel ExposureLevel!; isAadJoined Boolean; aadDeviceId Guid; machineTags Collection(String); vmMetadata VmMetadata; onboardingStatus OnboardingStatus!; osArchitecture String; managedBy DeviceManagedBy!; managedByStatus DeviceManagedByStatus!',
  AssetSoftware:
    'deviceId String; rbacGroupId Int64!; rbacGroupName String; deviceName String; osPlatform String; softwareVendor String; softwareName String; softwareVersion String; numberOfWeaknesses Int32!; diskPaths Collection(String); registryPaths Collection(String); softwareFirstSeenTimestamp String; endOfSupportStatus String; endOfSupportDate String',
  AssetVulnerability:
    'id String; deviceId String; rbacGroupId Int64!; rbacGroupName String; deviceName String; osPlatform String; osVersion String; osArchitecture String; softwareVendor String; softwareName String; softwareVersion String; cveId String; vulnerabilitySeverityLevel String; recommendedSecurityUpdate String; recommendedSecurityUpdateId String; recommendedSecurityUpdateUrl String; diskPaths Collection(String); registryPaths Collection(String); lastSeenTimestamp String; firstSeenTimestamp String; endOfSupportStatus String; endOfSupportDate String; exploitabilityLevel String; recommendationReference String; cvssScore Double!; securityUpdateAvailable Boolean!; cveMitigationStatus String',
  DeltaAssetVulnerability: 'status String; eventTimestamp DateTimeOffset!',
  ExportFilesResponse: 'exportFiles Collection(String); generatedTime DateTimeOffset',
  MachineIpAddress:
    'ipAddress String; macAddress String; type InterfaceType; operationalStatus IpInterfaceOperationalStatus',
  VmMetadata: 'vmId String; cloudProvider vmCloudProvider!; resourceId String; subscriptionId String'
}
/** Its navigation to types that are served. */
const navigation: Record<string, string> = {
  Machine:
    'vulnerabilities Collection(PublicVulnerabilityDto); recommendations Collection(Recommendation); software Collection(Software)',
  Software: 'vulnerabilities Collection(PublicVulnerabilityDto)',
  Recommendation: 'software PublicProductDto; vulnerabilities Collection(PublicVulnerabilityDto)'
}
const enumerations: Record<string, string> = {
  vmCloudProvider: 'Unknown=0, Azure=1',
  PublicRecommendationExceptionStatus: 'Active=0, Exception=1, PartialException=2',
  PublicVulnerabilityExceptionStatusDto:
    'RemediationRequired=0, NoActionRequired=1, UnderException=2, PartialException=3',
  MachineHealthStatus:
    'Active=0, Inactive=1, ImpairedCommunication=2, NoSensorData=3, NoSensorDataImpairedCommunication=4, Unknown=5',
  RiskScore: 'None=0, Informational=5, Low=10, Medium=20, High=30',
  ExposureLevel: 'None=0, Low=10, Medium=20, High=30',
  DeviceValue: 'Normal=0, Low=1, High=2',
  ExclusionReason: 'Other=0, InactiveDevice=1, DuplicateDevice=2, DeviceDoesNotExist=3, DeviceOutOfScope=4',
  OnboardingStatus: 'InsufficientInfo=0, Onboarded=1, CanBeOnboarded=2, Unsupported=3',
  InterfaceType:
    'Unknown=0, Other=1, Ethernet=6, TokenRing=9, PPP=23, SoftwareLoopback=24, ATM=37, IEEE80211=71, Tunnel=131, IEEE1394=144',
  IpInterfaceOperationalStatus: 'Up=1, Down=2, Testing=3, Unknown=4, Dormant=5, Present=6, LowerLayerDown=7',
  DeviceManagedBy: 'Unknown=0, Intune=1, SystemCenterConfigurationManager=2, MicrosoftDefenderForEndpoint=3',
  DeviceManagedByStatus: 'Unknown=0, Success=1, Error=2'
}

t.test('$metadata is valid CSDL 4.0 by the schemas of OASIS', async t => {
  const emulator = await emulated(t, { machines: 0 })
  const answer = await get(emulator, '/api/$metadata')
  t.equal(answer.statusCode, 200)
  t.match(answer.headers, { 'content-type': 'application/xml; charset=utf-8', 'odata-version': '4.0' })
  xmlRegisterFsInputProviders()
  const file = `${dirname(require.resolve('odata-csdl/package.json'))}/schemas/edmx.xsd`
  const schema = XmlDocument.fromString(readFileSync(file, 'utf8'), { url: file })
  const validator = XsdValidator.fromDoc(schema)
  const document = XmlDocument.fromString(answer.body)
  t.doesNotThrow(() => validator.validate(document))
  const broken = XmlDocument.fromString(answer.body.replace('<EntityType Name=', '<EntityType Nome='))
  t.throws(() => validator.validate(broken), 'and the validator does find what is wrong')
})

t.test('the JSON form says the same, by the converter of OASIS', async t => {
  const emulator = await emulated(t, { machines: 0 })
  const { xml2json } = require('odata-csdl/lib/xml2json.js') as { xml2json: (xml: string) => object }
  const xml = (await get(emulator, '/api/$metadata')).body
  // A type has this name, too: JSON has room for one of them.
  const twin = /<Function Name="Software"[\s\S]*?<\/Function>/
  t.match(xml, twin)
  const converted = xml2json(xml.replace(twin, '')) as Record<string, unknown>
  // In XML 4.0 an absent precision means 0, which the service's own model does not mean: its instants have fractions.
  const plain = JSON.parse(JSON.stringify(converted, (name, value) => (name === '$Precision' ? undefined : value)))
  const json = (await get(emulator, '/api/$metadata?$format=json')).json()
  t.same({ ...plain, $Version: '4.01' }, json)
})

t.test("types, properties and members are those of the service's own model", async t => {
  const emulator = await emulated(t, { machines: 0 })
  // biome-ignore lint/suspicious/noExplicitAny: CSDL JSON
  const schema = (await get(emulator, '/api/$metadata?$format=json')).json()[namespace] as Record<string, any>
  const plain = (type = 'Edm.String') => type.replace(/^Edm\.|^microsoft\.windowsDefenderATP\.api\./, '')
  for (const [name, expected] of Object.entries(theirs)) {
    const properties = Object.entries(schema[name])
      // biome-ignore lint/suspicious/noExplicitAny: CSDL JSON
      .filter(([property, { $Kind }]: [string, any]) => !property.startsWith('$') && $Kind === undefined)
      // biome-ignore lint/suspicious/noExplicitAny: CSDL JSON
      .map(([property, { $Type, $Collection, $Nullable }]: [string, any]) =>
        $Collection ? `${property} Collection(${plain($Type)})` : `${property} ${plain($Type)}${$Nullable ? '' : '!'}`
      )
    t.same(properties, expected === '' ? [] : expected.split('; '), name)
    const ways = Object.entries(schema[name])
      // biome-ignore lint/suspicious/noExplicitAny: CSDL JSON
      .filter(([, { $Kind }]: [string, any]) => $Kind === 'NavigationProperty')
      // biome-ignore lint/suspicious/noExplicitAny: CSDL JSON
      .map(([way, { $Type, $Collection }]: [string, any]) =>
        $Collection ? `${way} Collection(${plain($Type)})` : `${way} ${plain($Type)}`
      )
    t.equal(ways.join('; '), navigation[name] ?? '', `navigation of ${name}`)
  }
  for (const [name, expected] of Object.entries(enumerations)) {
    const { $Kind, ...members } = schema[name]
    t.equal($Kind, 'EnumType')
    t.same(
      Object.entries(members).map(([member, value]) => `${member}=${value}`),
      expected.split(', '),
      name
    )
  }
  t.match(schema, {
    Machine: { $Kind: 'EntityType', $Key: ['id'] },
    PublicProductDto: { $Kind: 'EntityType', $Key: ['id'] },
    Software: { $Kind: 'EntityType', $BaseType: `${namespace}.PublicProductDto` },
    Vulnerability: { $Kind: 'EntityType', $BaseType: `${namespace}.PublicVulnerabilityDto` },
    MachinesVulnerabilities: [{ $Parameter: [{ $Collection: true, $Type: `${namespace}.Vulnerability` }] }],
    PublicProductFixDto: { $Kind: 'ComplexType' },
    DeltaAssetVulnerability: { $Kind: 'ComplexType', $BaseType: `${namespace}.AssetVulnerability` },
    FindByIp: [
      {
        $Parameter: [
          { $Collection: true, $Type: `${namespace}.Machine` },
          { $Name: 'ip' },
          { $Name: 'timestamp', $Type: 'Edm.DateTimeOffset' }
        ],
        $ReturnType: { $Collection: true, $Type: `${namespace}.Machine` }
      }
    ],
    SoftwareInventoryExport: [{ $ReturnType: { $Type: `${namespace}.ExportFilesResponse` } }],
    Container: {
      Machines: { $Collection: true, $Type: `${namespace}.Machine` },
      Software: { $Collection: true, $Type: `${namespace}.Software` }
    }
  })
  for (const name of ['Distributions', 'MachineReferences', 'GetMissingKbs'])
    t.match(schema[name], [{ $Kind: 'Function' }])
  t.same(
    schema.GetMissingKbs.map((overload: { $Parameter: { $Type: string }[] }) => plain(overload.$Parameter[0]!.$Type)),
    ['Software', 'Machine']
  )
  const kinds = Object.values(schema).filter(entry => /Type$/.test(entry.$Kind)).length
  t.equal(kinds, Object.keys(theirs).length + Object.keys(enumerations).length, 'and no other type')
})

t.test('XML unless JSON is asked for by name or XML is not accepted', async t => {
  for (const [search, accept, expected] of [
    ['', undefined, 'xml'],
    ['', '*/*', 'xml'],
    ['', '', 'xml'],
    // Power BI prefers JSON by weight.
    [
      '',
      'application/json;odata.metadata=minimal;q=1.0,application/json;odata=minimalmetadata;q=0.9,application/atomsvc+xml;q=0.8,application/atom+xml;q=0.8,application/xml;q=0.7,text/plain;q=0.7',
      'xml'
    ],
    ['', 'application/json', 'json'],
    ['', 'application/json, text/plain', 'json'],
    ['', 'application/json, */*;q=0', 'json'],
    ['', 'application/json, */*;q=0.1', 'xml'],
    ['', 'text/html', 'xml'],
    ['$format=json', '*/*', 'json'],
    ['$format=application/json;odata.metadata=full', undefined, 'json'],
    ['$format=xml', 'application/json', 'xml'],
    ['%24format=application%2Fxml', 'application/json', 'xml']
  ] as const) {
    t.equal(metadataForm(search, accept), expected, `${search} ${accept}`)
  }
  t.throws(() => metadataForm('$format=atom', undefined), { name: 'ODataError', message: /expected xml or json/ })
})

t.test('the service document names the entity sets; both want any good token', async t => {
  const emulator = await emulated(t, { machines: 0 })
  for (const url of ['/api', '/api/', '/api/v1.0', '/api/v1.0/']) {
    const answer = await get(emulator, url)
    t.equal(answer.statusCode, 200, url)
    const prefix = url.includes('v1.0') ? '/api/v1.0' : '/api'
    t.same(answer.json(), {
      '@odata.context': `http://localhost:6330${prefix}/$metadata`,
      value: [
        { name: 'Software', kind: 'EntitySet', url: 'Software' },
        { name: 'Machines', kind: 'EntitySet', url: 'Machines' },
        { name: 'Vulnerabilities', kind: 'EntitySet', url: 'Vulnerabilities' },
        { name: 'Recommendations', kind: 'EntitySet', url: 'Recommendations' },
        { name: 'ExposureScore', kind: 'EntitySet', url: 'ExposureScore' },
        { name: 'ConfigurationScore', kind: 'EntitySet', url: 'ConfigurationScore' }
      ]
    })
  }
  for (const url of ['/api/$metadata', '/api/v1.0/$metadata', '/api/%24metadata', '/api']) {
    t.equal((await get(emulator, url, 'Nothing.Read.All')).statusCode, 200, `${url} with any good token`)
    t.equal((await emulator.inject({ url })).statusCode, 401, `${url} without`)
    t.equal((await emulator.inject({ method: 'POST', url, headers: await emulator.headers() })).statusCode, 405)
  }
})
