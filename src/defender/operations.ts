/**
 * Operations of the real service that are not served here, as path patterns below `/api`. They exist in production, so
 * 404 would be a lie and an empty 200 a worse one: they answer 501 and say what is served.
 *
 * Names from the service's own `$metadata` (observed) and from Microsoft's reference.
 */
const segment = '[^/]+'

/** Functions and actions bound to one device. */
const ofMachine = [
  'logonusers',
  'alerts',
  'machineactions',
  'firmware',
  'availablemachineactions',
  'latestmachineactions',
  'collectinvestigationpackage',
  'initiateinvestigation',
  'startinvestigation',
  'isolate',
  'unisolate',
  'logscollection',
  'offboard',
  'restrictcodeexecution',
  'unrestrictcodeexecution',
  'runantivirusscan',
  'runcustomplaybook',
  'runliveresponse',
  'setdevicevalue',
  'setexclusion',
  'stopandquarantinefile',
  'tags'
]

/** Functions and actions bound to all devices. */
const ofMachines = [
  'addorremovetagformultiplemachines',
  'baselinecomplianceassessmentbymachine',
  'baselinecomplianceassessmentexport',
  'bigpagesize',
  'browserextensionsinventorybymachine',
  'browserextensionsinventoryexport',
  'certificateassessmentbymachine',
  'certificateassessmentexport',
  'dlp',
  'findbyip(?:\\(.*\\))?',
  'findbytag(?:\\(.*\\))?',
  'hardwarefirmwareinventorybymachine',
  'hardwarefirmwareinventoryexport',
  'infogatheringexport',
  'secureconfigurationsassessmentbymachine',
  'secureconfigurationsassessmentexport',
  'softwareinventorybymachine',
  'softwareinventoryexport',
  'softwareinventorynoproductcodebymachine',
  'softwareinventorynoncpeexport',
  'softwarevulnerabilitiesbymachine',
  'softwarevulnerabilitiesexport',
  'softwarevulnerabilitychangesbymachine',
  'untaggedmachines'
]

/** Entity sets of which nothing is served; everything below them exists for all we know. */
const sets = [
  'alerts',
  'advancedhunting',
  'advancedqueries',
  'baselineconfigurations',
  'baselineexceptions',
  'baselineprofiles',
  'browserextensions',
  'dataexportsettings',
  'deviceauthenticatedscanagents',
  'deviceauthenticatedscandefinitions',
  'deviceavinfo',
  'devicegroups',
  'domains',
  'files',
  'firmware',
  'incidents',
  'indicators',
  'investigations',
  'ips',
  'libraryfiles',
  'machineaction',
  'machineactions',
  'publicproductdto',
  'publicvulnerabilitydto',
  'remediationtasks',
  'users'
]

const unserved = new RegExp(
  `^/(?:${[
    `machines/(?:${ofMachines.join('|')})`,
    `machines/${segment}/(?:${ofMachine.join('|')})(?:/.*)?`,
    `(?:${sets.join('|')})(?:[/(].*)?`
  ].join('|')})/?$`,
  'i'
)

/** Whether the real service answers at this path (below `/api`) and we do not. */
export function isUnserved(path: string): boolean {
  return unserved.test(path)
}
