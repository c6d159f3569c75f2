import type { Endpoint } from '../endpoint.js'
import { findMachinesByIp } from './find-machines-by-ip.js'
import { findMachinesByTag } from './find-machines-by-tag.js'
import { getAllRecommendations } from './get-all-recommendations.js'
import { getAllVulnerabilities } from './get-all-vulnerabilities.js'
import { getAllVulnerabilitiesByMachines } from './get-all-vulnerabilities-by-machines.js'
import {
  getAssessmentSoftwareInventory,
  getAssessmentSoftwareInventoryFiles
} from './get-assessment-software-inventory.js'
import {
  getAssessmentSoftwareVulnerabilities,
  getAssessmentSoftwareVulnerabilitiesFiles,
  getAssessmentSoftwareVulnerabilityChanges
} from './get-assessment-software-vulnerabilities.js'
import { getDeviceSecureScore } from './get-device-secure-score.js'
import { getDiscoveredVulnerabilities } from './get-discovered-vulnerabilities.js'
import { getExposureScore } from './get-exposure-score.js'
import { getInstalledSoftware } from './get-installed-software.js'
import { getMachineById } from './get-machine-by-id.js'
import { getMachineGroupExposureScore } from './get-machine-group-exposure-score.js'
import { getMachines } from './get-machines.js'
import { getMachinesBySoftware } from './get-machines-by-software.js'
import { getMachinesByVulnerability } from './get-machines-by-vulnerability.js'
import { getMissingKbsMachine } from './get-missing-kbs-machine.js'
import { getMissingKbsSoftware } from './get-missing-kbs-software.js'
import { getRecommendationById } from './get-recommendation-by-id.js'
import { getRecommendationMachines } from './get-recommendation-machines.js'
import { getRecommendationVulnerabilities } from './get-recommendation-vulnerabilities.js'
import { getSecurityRecommendations } from './get-security-recommendations.js'
import { getSoftware } from './get-software.js'
import { getSoftwareById } from './get-software-by-id.js'
import { getSoftwareVerDistribution } from './get-software-ver-distribution.js'
import { getVulnBySoftware } from './get-vuln-by-software.js'
import { getVulnerabilityById } from './get-vulnerability-by-id.js'
import { listRecommendationSoftware } from './list-recommendation-software.js'

/** The table of contents: one entry per page of Microsoft's reference that is served. */
export const endpoints: readonly Endpoint[] = [
  getSoftware,
  getSoftwareById,
  getMissingKbsSoftware,
  getSoftwareVerDistribution,
  getMachinesBySoftware,
  getVulnBySoftware,
  getMachines,
  getMachineById,
  getMissingKbsMachine,
  getInstalledSoftware,
  getDiscoveredVulnerabilities,
  getSecurityRecommendations,
  findMachinesByIp,
  findMachinesByTag,
  getAssessmentSoftwareInventory,
  getAssessmentSoftwareInventoryFiles,
  getAssessmentSoftwareVulnerabilities,
  getAssessmentSoftwareVulnerabilitiesFiles,
  getAssessmentSoftwareVulnerabilityChanges,
  getAllVulnerabilities,
  getVulnerabilityById,
  getMachinesByVulnerability,
  getAllVulnerabilitiesByMachines,
  getAllRecommendations,
  getRecommendationById,
  listRecommendationSoftware,
  getRecommendationMachines,
  getRecommendationVulnerabilities,
  getExposureScore,
  getMachineGroupExposureScore,
  getDeviceSecureScore
]
