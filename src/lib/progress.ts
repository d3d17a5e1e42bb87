import { durationInWords } from './duration.ts'

/** How long a work may be silent before it is said that it still goes on, in milliseconds. */
const SILENCE_MS = 30_000

/**
 * The result of `work`; every half minute until it comes, `say` is called with the time that has passed (`30.0 s`, `2 min 30 s`).
 * @param by.wait resolves after so many milliseconds; when it rejects, as at the end of the step's time, nothing more is said.
 */
export async function withProgress<T>(
  work: Promise<T>,
  by: { readonly wait: (milliseconds: number) => Promise<void>; readonly say: (passed: string) => void }
): Promise<T> {
  let done = false
  const saying = async () => {
    for (let passed = SILENCE_MS; ; passed += SILENCE_MS) {
      await by.wait(SILENCE_MS)
      if (done) return
      by.say(durationInWords(passed))
    }
  }
  saying().catch(() => {
    // The work itself tells that its time is over.
  })
  try {
    return await work
  } finally {
    done = true
  }
}
