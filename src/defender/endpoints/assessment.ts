import type { Evidence } from '../../evidence.js'
import type { ExportFilesResponse } from '../../model/export.js'
import type { Parameter, Reading } from '../endpoint.js'
import { type ExportFolder, filesOf } from '../export-files.js'
import { integer } from '../parameters.js'
import { snapshotAt } from '../snapshot.js'

/* What the pages of the assessment exports have in common. */

export const pageSize: Parameter = {
  type: 'integer',
  minimum: 1,
  maximum: 200_000,
  description: 'Rows in a page, at most 200,000; 50,000 when absent.',
  example: 50_000
}
export const sasValidHours: Parameter = {
  type: 'integer',
  minimum: 1,
  maximum: 6,
  description: 'How long the files can be fetched, in hours: 1 to 6.',
  example: 1
}

const hour = 3_600_000

export function filesAnswer(
  { world, now, parameters, fileAddress }: Reading,
  folder: ExportFolder
): ExportFilesResponse {
  const hours = integer(parameters.get('sasvalidhours') ?? '1', 'sasValidHours', 1, 6)
  return {
    exportFiles: filesOf(world, folder, now).map(path => fileAddress(path, now, now + hours * hour)),
    generatedTime: snapshotAt(now).toISOString().replace('.000Z', 'Z')
  }
}

export function byPages(doc: string): Evidence[] {
  return [
    {
      what: 'path, permissions, context, properties; pageSize of 50,000, at most 200,000; $top without @odata.nextLink; form of @odata.nextLink and $skiptoken',
      level: 'documented',
      source: doc
    },
    {
      what: 'rows are the world as it is, not as it was at the last snapshot; other query options work on every property; a pageSize out of bounds is 400',
      level: 'assumed',
      source: 'no capture exists'
    }
  ]
}

export function byFiles(doc: string): Evidence[] {
  return [
    {
      what: 'path, permissions, context, sasValidHours of at most 6; gzip of JSON lines; form of the addresses',
      level: 'documented',
      source: doc
    },
    {
      what: 'property names in the files begin with a capital letter',
      level: 'observed',
      source: 'test logs of elastic/integrations; how `id` and `os...` are written is assumed'
    },
    {
      what: 'sasValidHours out of bounds is 400; how rows are spread over files',
      level: 'assumed',
      source: 'no capture exists'
    }
  ]
}
