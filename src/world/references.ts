import type { Asset } from '../model/asset.js'
import type { Profile } from './profile.js'
import type { World } from './world.js'

/** Devices of some profiles, in the order of `/api/machines`; described when they are looked at. */
export function references(world: World, chosen: (profile: Profile) => boolean) {
  const wanted = new Map<Profile, boolean>()
  const devices = new Uint32Array(world.size)
  let length = 0
  for (const device of world.devices()) {
    const profile = world.profile(device)
    let take = wanted.get(profile)
    if (take === undefined) {
      take = chosen(profile)
      wanted.set(profile, take)
    }
    if (take) devices[length++] = device
  }
  return { length, at: (index: number) => reference(world, devices[index]!) }
}

function reference(world: World, device: number): Asset {
  const group = world.group(device)
  return {
    id: world.id(device),
    computerDnsName: world.computerDnsName(device),
    osPlatform: world.osPlatform(device),
    assetCriticalityLevel: 'None',
    tags: world.tags(device),
    rbacGroupName: group.name,
    rbacGroupId: group.id
  }
}
