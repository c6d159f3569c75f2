/** Enumeration of the service's `$metadata`. By itself: fixture files have it, whose types stand in the package alone. */
export const MachineHealthStatus = {
  title: 'MachineHealthStatus',
  type: 'string',
  enum: ['Active', 'Inactive', 'ImpairedCommunication', 'NoSensorData', 'NoSensorDataImpairedCommunication', 'Unknown'],
  'x-enum-values': [0, 1, 2, 3, 4, 5]
} as const

export type HealthStatus = (typeof MachineHealthStatus.enum)[number]
