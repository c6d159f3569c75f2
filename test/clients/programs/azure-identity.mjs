// A client as its users write it: nothing in it knows that it is tested.

import { createDefaultHttpClient, createPipelineFromOptions, createPipelineRequest } from '@azure/core-rest-pipeline'
import {
  ClientCertificateCredential,
  ClientSecretCredential,
  DeviceCodeCredential,
  EnvironmentCredential,
  UsernamePasswordCredential
} from '@azure/identity'

const {
  AUTHORITY,
  API = 'https://api.securitycenter.microsoft.com',
  AZURE_TENANT_ID,
  AZURE_CLIENT_ID,
  AZURE_CLIENT_SECRET,
  CERTIFICATE,
  CERTIFICATE_APP
} = process.env
const scope = 'https://api.securitycenter.microsoft.com/.default'
const options = AUTHORITY === undefined ? {} : { authorityHost: AUTHORITY, disableInstanceDiscovery: true }

const credentials = {
  environment: new EnvironmentCredential(options),
  secret: new ClientSecretCredential(AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_SECRET, options),
  password: new UsernamePasswordCredential(AZURE_TENANT_ID, AZURE_CLIENT_ID, 'alex@contoso.com', 'P@ssw0rd!', options),
  certificate: new ClientCertificateCredential(
    AZURE_TENANT_ID,
    CERTIFICATE_APP,
    { certificatePath: CERTIFICATE },
    options
  ),
  device: new DeviceCodeCredential({
    tenantId: AZURE_TENANT_ID,
    clientId: AZURE_CLIENT_ID,
    userPromptCallback: ({ userCode }) => console.log('enter', userCode),
    ...options
  })
}
const client = createDefaultHttpClient()
const pipeline = createPipelineFromOptions({ retryOptions: { maxRetries: 0 } })
for (const [name, credential] of Object.entries(credentials)) {
  const { token } = await credential.getToken(scope)
  const request = createPipelineRequest({
    url: `${API}/api/Software/microsoft-_-edge/getmissingkbs?$filter=id eq '4540673'`.replaceAll(' ', '%20'),
    headers: undefined
  })
  request.headers.set('authorization', `Bearer ${token}`)
  const { status, bodyAsText } = await pipeline.sendRequest(client, request)
  console.log(name, status, JSON.parse(bodyAsText).value[0].cveAddressed)
}
