import { Vulnerability } from '../../model/vulnerability.js'
import { vulnerabilities } from '../../world/vulnerabilities.js'
import { collection } from '../endpoint.js'
import { generated } from './vulnerability.js'

export const getAllVulnerabilities = collection({
  doc: 'get-all-vulnerabilities',
  operationId: 'listVulnerabilities',
  summary: 'List vulnerabilities',
  description: 'The CVEs that are open on a device of the tenant.',
  path: '/vulnerabilities',
  of: Vulnerability,
  entitySet: 'Vulnerabilities',
  permissions: { application: ['Vulnerability.Read.All'], delegated: ['Vulnerability.Read'] },
  context: () => 'Vulnerabilities',
  maxTop: 8_000,
  filterable: ['id', 'name', 'description', 'cvssV3', 'publishedOn', 'severity', 'updatedOn'],
  lasting: true,
  evidence: [
    {
      what: 'path, permissions, context, properties in $filter, $top of 8,000',
      level: 'documented',
      source: 'get-all-vulnerabilities'
    },
    { what: '$orderby', level: 'observed', source: 'a Microsoft Power BI template' },
    {
      what: 'order of the list: by id; a page is as long as the ceiling of $top',
      level: 'assumed',
      source: 'no capture exists'
    },
    ...generated
  ],
  read: ({ world }) => vulnerabilities(world)
})
