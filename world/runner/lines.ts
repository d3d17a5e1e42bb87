/** Cuts text that comes in pieces into lines. `end` hands on what is left when the last line has no end. */
export function lineWriter(onLine: (line: string) => void): { write(text: string): void; end(): void } {
  let rest = ''
  return {
    write: text => {
      const lines = (rest + text).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) onLine(line)
    },
    end: () => {
      if (rest !== '') onLine(rest)
      rest = ''
    }
  }
}
