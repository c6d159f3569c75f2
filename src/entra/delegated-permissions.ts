/**
 * Delegated permissions of the API (documented: the permission tables of its pages). A scope that is not among them, nor
 * held by a user of the directory, does not exist.
 */
export const delegatedPermissions = [
  'AdvancedQuery.Read',
  'Alert.Read',
  'Alert.ReadWrite',
  'File.Read.All',
  'Ip.Read.All',
  'Library.Manage',
  'Machine.CollectForensics',
  'Machine.Isolate',
  'Machine.LiveResponse',
  'Machine.Offboard',
  'Machine.Read',
  'Machine.ReadWrite',
  'Machine.RestrictExecution',
  'Machine.Scan',
  'Machine.StopAndQuarantine',
  'RemediationTasks.Read',
  'Score.Read',
  'SecurityBaselinesAssessment.Read',
  'SecurityConfiguration.Read',
  'SecurityRecommendation.Read',
  'Software.Read',
  'Ti.ReadWrite',
  'Url.Read.All',
  'User.Read.All',
  'Vulnerability.Read'
] as const
