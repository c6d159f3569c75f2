import type { FromSchema } from 'json-schema-to-ts'
import { nullable, required } from './schema.js'

/**
 * A security update that devices lack. Complex type `PublicProductFixDto` of the service's `$metadata` (observed);
 * the pages get-missing-kbs-software and get-missing-kbs-machine show it without `osBuild`.
 */
export const MissingKb = {
  $id: 'PublicProductFixDto',
  title: 'PublicProductFixDto',
  description: 'A security update (KB) that at least one device in scope lacks.',
  type: 'object',
  properties: {
    id: { ...nullable.string, description: 'KB number, digits only.', examples: ['4540673'] },
    name: { ...nullable.string, description: 'Month of release.', examples: ['March 2020 Security Updates'] },
    osBuild: {
      ...nullable.int64,
      description:
        'For an update bound to Windows builds the highest of them that an affected device runs (by device: its own); null for others. The type is observed, the meaning assumed.',
      examples: [18363]
    },
    productsNames: {
      ...nullable.strings,
      description:
        'Product names without vendor: by software that product, by device every installed product it fixes.',
      examples: [['edge']]
    },
    url: {
      ...nullable.string,
      description: 'The update in the Microsoft Update Catalog.',
      examples: ['https://catalog.update.microsoft.com/v7/site/Search.aspx?q=KB4540673']
    },
    machineMissedOn: { ...required.int64, description: 'Devices that lack it; 1 by device.', examples: [240] },
    cveAddressed: {
      ...required.int64,
      description: 'Sum over the listed products of the CVEs that it fixes in each.',
      examples: [14]
    }
  },
  required: ['id', 'name', 'osBuild', 'productsNames', 'url', 'machineMissedOn', 'cveAddressed'],
  'x-observed': ['osBuild']
} as const

export type MissingKb = FromSchema<typeof MissingKb>
