import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'

/** Bit of CAP_SYS_ADMIN: https://man7.org/linux/man-pages/man7/capabilities.7.html */
const SYS_ADMIN = 21n

/** True where this process may mount, which building images needs: root of a Linux machine or of a privileged container. */
export function mayMount(): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false
  const [, capabilities = '0'] = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? []
  return (BigInt(`0x${capabilities}`) >> SYS_ADMIN) % 2n === 1n
}

/** Takes off everything that is mounted in a folder, the innermost first. */
export async function unmountUnder(folder: string): Promise<void> {
  const points = mountPoints(await readFile('/proc/self/mountinfo', 'utf8'))
  for (const point of points.filter(point => point.startsWith(`${folder}/`)).reverse())
    await promisify(execFile)('umount', ['--lazy', point])
}

/** The fifth field of each line, in which blanks are octal: https://man7.org/linux/man-pages/man5/proc_pid_mountinfo.5.html */
function mountPoints(mountinfo: string): string[] {
  const fields = mountinfo.split('\n').map(line => line.split(' ')[4] ?? '')
  return fields.map(field => field.replace(/\\([0-7]{3})/g, (_, code) => String.fromCharCode(Number.parseInt(code, 8))))
}
