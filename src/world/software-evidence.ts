import type { Installation } from './condition.js'

/**
 * Where a product leaves traces on a device (generated: forms as the pages of the exports show them). Windows and what
 * comes with it leave none, as there.
 */
export function traces({ product, version }: Installation, osPlatform: string) {
  const { vendor, name, kind } = product
  if (kind === 'framework') {
    return { diskPaths: [], registryPaths: ['SOFTWARE\\Microsoft\\NET Framework Setup\\NDP\\v4\\Full\\Install'] }
  }
  if (kind !== 'application' || version === null) return { diskPaths: [], registryPaths: [] }
  const title = titled(name)
  if (osPlatform.startsWith('Windows')) {
    const file = name.replace(/[^\p{L}\p{N}]+/gu, '')
    return {
      diskPaths: [`C:\\Program Files\\${titled(vendor)}\\${title}\\${file}.exe`],
      registryPaths: [`HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Uninstall\\${title}`]
    }
  }
  if (osPlatform === 'macOS') return { diskPaths: [`/Applications/${title}.app`], registryPaths: [] }
  return { diskPaths: [`/usr/share/doc/${name}`], registryPaths: [] }
}

function titled(name: string): string {
  return name.replaceAll(/[_-]+/g, ' ').replace(/(^| )([a-z])/g, (_, before, letter) => before + letter.toUpperCase())
}
