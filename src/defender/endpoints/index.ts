import type { Endpoint } from '../endpoint.js'
import { getInstalledSoftware } from './get-installed-software.js'
import { getMachineById } from './get-machine-by-id.js'
import { getMachines } from './get-machines.js'
import { getMachinesBySoftware } from './get-machines-by-software.js'
import { getMissingKbsMachine } from './get-missing-kbs-machine.js'
import { getMissingKbsSoftware } from './get-missing-kbs-software.js'
import { getSoftware } from './get-software.js'
import { getSoftwareById } from './get-software-by-id.js'
import { getSoftwareVerDistribution } from './get-software-ver-distribution.js'

/** The table of contents: one entry per page of Microsoft's reference that is served. */
export const endpoints: readonly Endpoint[] = [
  getSoftware,
  getSoftwareById,
  getMissingKbsSoftware,
  getSoftwareVerDistribution,
  getMachinesBySoftware,
  getMachines,
  getMachineById,
  getMissingKbsMachine,
  getInstalledSoftware
]
