import { open } from 'node:fs/promises'
import { StringDecoder } from 'node:string_decoder'
import { setTimeout as sleep } from 'node:timers/promises'

const POLL_MS = 50

/**
 * Hands on what is appended to a file, as it comes.
 * @param path an existing file.
 * @returns `end` hands on the rest and stops.
 */
export function followFile(path: string, onText: (text: string) => void): { end(): Promise<void> } {
  let ending = false
  const follow = async () => {
    const file = await open(path)
    const decoder = new StringDecoder('utf8')
    const buffer = Buffer.alloc(64 * 1024)
    try {
      for (;;) {
        const last = ending
        const { bytesRead } = await file.read(buffer, 0, buffer.length)
        if (bytesRead > 0) onText(decoder.write(buffer.subarray(0, bytesRead)))
        else if (last) return
        else await sleep(POLL_MS)
      }
    } finally {
      await file.close()
    }
  }
  const following = follow()
  return {
    end: () => {
      ending = true
      return following
    }
  }
}
