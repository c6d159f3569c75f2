// A client as its users write it: nothing in it knows that it is tested.
import { ConfidentialClientApplication, PublicClientApplication } from '@azure/msal-node'

const {
  AUTHORITY = 'https://login.microsoftonline.com',
  AZURE_TENANT_ID,
  AZURE_CLIENT_ID,
  AZURE_CLIENT_SECRET
} = process.env
const authority = `${AUTHORITY}/${AZURE_TENANT_ID}`
// The setting that Microsoft documents for an authority that is not theirs.
const own = AUTHORITY.includes('localhost') ? { knownAuthorities: [new URL(AUTHORITY).host] } : {}
const scopes = ['https://api.securitycenter.microsoft.com/.default']

const app = new ConfidentialClientApplication({
  auth: { clientId: AZURE_CLIENT_ID, authority, clientSecret: AZURE_CLIENT_SECRET, ...own }
})
console.log('secret', (await app.acquireTokenByClientCredential({ scopes })).tokenType)

const person = new PublicClientApplication({ auth: { clientId: AZURE_CLIENT_ID, authority, ...own } })
const signedIn = await person.acquireTokenByUsernamePassword({
  scopes,
  username: 'alex@contoso.com',
  password: 'P@ssw0rd!'
})
console.log('password', signedIn.account.username)
const silent = await person.acquireTokenSilent({ scopes, account: signedIn.account, forceRefresh: true })
console.log('refresh', silent.fromCache, silent.account.username)
