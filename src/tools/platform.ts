const SYSTEMS: Readonly<Record<string, string>> = { linux: 'linux', darwin: 'darwin', win32: 'windows' }
const MACHINES: Readonly<Record<string, string>> = {
  x64: 'amd64',
  arm64: 'arm64',
  arm: 'arm',
  ppc64: 'ppc64le',
  s390x: 's390x',
  riscv64: 'riscv64'
}

/**
 * The runner's platform in Go's words, as the tools' release assets and the manifest name it: `linux/amd64`.
 * @param system `process.platform`
 * @param machine `process.arch`; a name that is not known stays as it is, so that the error about it can say it.
 */
export function platformOf(system: string, machine: string): string {
  return `${SYSTEMS[system] ?? system}/${MACHINES[machine] ?? machine}`
}
