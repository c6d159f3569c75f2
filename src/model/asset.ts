import type { FromSchema } from 'json-schema-to-ts'
import { nullable } from './schema.js'

/** A device that is referred to. Complex type `PublicAssetDto`; the pages show four of its properties. */
export const Asset = {
  $id: 'PublicAssetDto',
  title: 'PublicAssetDto',
  description: 'A device that something refers to.',
  type: 'object',
  properties: {
    id: { ...nullable.string, description: 'Device id.' },
    computerDnsName: nullable.string,
    osPlatform: {
      ...nullable.string,
      description: 'One string; the page prints two by mistake.',
      examples: ['Windows10']
    },
    assetCriticalityLevel: { ...nullable.string, description: 'Its members are not public: `None` is assumed.' },
    tags: nullable.strings,
    rbacGroupName: nullable.string,
    rbacGroupId: { ...nullable.int64, description: 'Device group; 0 for none.' }
  },
  required: ['id', 'computerDnsName', 'osPlatform', 'assetCriticalityLevel', 'tags', 'rbacGroupName', 'rbacGroupId'],
  'x-observed': ['assetCriticalityLevel', 'tags', 'rbacGroupId']
} as const

export type Asset = FromSchema<typeof Asset>
