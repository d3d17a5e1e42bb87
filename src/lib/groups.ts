import { AsyncLocalStorage } from 'node:async_hooks'
import { durationInWords } from './duration.ts'

/** Writes something to the log. */
export type Write = () => void

/** How groups show in the log. */
export interface GroupStyle {
  readonly open: (title: string) => void
  readonly close: () => void
  /** A line outside of every group. */
  readonly line: (text: string) => void
  /** Milliseconds from any fixed moment on. */
  readonly now: () => number
}

/** A log in groups, of which one is open at a time. */
export interface Groups {
  /** Writes at once where the log is just where this belongs, else as soon as it is. */
  write(write: Write): void
  /** All that `work`, and whatever it calls, writes belongs to this group. */
  group<T>(title: string, work: () => Promise<T>): Promise<T>
  /** Closes every group, and writes what waits. */
  end(): void
}

interface Group {
  readonly title: string
  readonly started: number
  /** What was written while another group was open. */
  readonly waiting: Write[]
  closed: boolean
}

/**
 * Keeps apart what is done side by side: GitHub's groups are no trees, and whatever is written between the beginning and the end of one is
 * folded with it. The group that began first is open and shows everything at once; what belongs to others waits until it is closed.
 */
export function createGroups({ open, close, line, now }: GroupStyle): Groups {
  const current = new AsyncLocalStorage<Group>()
  /** The first one is open. */
  const groups: Group[] = []
  const outside: Write[] = []

  const begin = (group: Group) => {
    open(group.title)
    flush(group.waiting)
  }
  const finish = (group: Group, ending: string) => {
    if (group.closed) return
    group.closed = true
    const passed = durationInWords(now() - group.started)
    // Behind the group's end, so that it is read while the group is folded.
    const last = () => line(`${group.title}: ${ending}${passed}`)
    if (group !== groups[0]) {
      group.waiting.push(() => {
        close()
        last()
      })
      return
    }
    close()
    last()
    next()
  }
  const next = () => {
    for (groups.shift(); ; groups.shift()) {
      flush(outside)
      const [group] = groups
      if (group === undefined) return
      begin(group)
      if (!group.closed) return
    }
  }

  return {
    write(write) {
      const group = current.getStore()
      const [first] = groups
      // What goes on after its group's end, as it does after a failure, belongs to none.
      if (group === undefined || group.closed) first === undefined ? write() : outside.push(write)
      else if (group === first) write()
      else group.waiting.push(write)
    },
    async group(title, work) {
      const group: Group = { title, started: now(), waiting: [], closed: false }
      if (groups.push(group) === 1) begin(group)
      let ending = 'failed after '
      try {
        const result = await current.run(group, work)
        ending = ''
        return result
      } finally {
        finish(group, ending)
      }
    },
    end() {
      for (const group of groups.toReversed()) finish(group, 'not finished after ')
    }
  }
}

function flush(waiting: Write[]): void {
  for (const write of waiting.splice(0)) write()
}
