// Prints which updates a fleet lacks for a product, the most wanted first. The environment is azure-identity's:
//   AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_SECRET; DEFENDER_API and AZURE_AUTHORITY_HOST lead elsewhere.
import { Defender } from './defender.js'

const { AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_SECRET, AZURE_AUTHORITY_HOST, DEFENDER_API } = process.env
const software = process.argv[2] ?? 'microsoft-_-edge'

if (!AZURE_TENANT_ID || !AZURE_CLIENT_ID || !AZURE_CLIENT_SECRET) {
  console.error('AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET are wanted')
  process.exit(2)
}
const defender = new Defender({
  tenant: AZURE_TENANT_ID,
  clientId: AZURE_CLIENT_ID,
  clientSecret: AZURE_CLIENT_SECRET,
  ...(AZURE_AUTHORITY_HOST && { login: AZURE_AUTHORITY_HOST }),
  ...(DEFENDER_API && { api: DEFENDER_API })
})
try {
  const lacked = await defender.missingKbs({ software })
  console.log(`${software}: ${lacked.length} updates are lacked`)
  for (const { id, name, machineMissedOn, cveAddressed } of lacked.sort((a, b) => b.cveAddressed - a.cveAddressed)) {
    console.log(`KB${id}  ${name}: on ${machineMissedOn} devices, ${cveAddressed} CVEs`)
  }
} catch (error) {
  // fetch says why only in the cause.
  const { message, cause } = /** @type {Error & { cause?: Error }} */ (error)
  console.error(cause === undefined ? message : `${message}: ${cause.message}`)
  process.exitCode = 1
}
