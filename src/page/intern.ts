/** Texts that are named by their place in a list. */
export interface Interned {
  /** The place of a text, which is added when it is not there yet. */
  readonly place: (text: string) => number
  readonly all: readonly string[]
}

/** An empty list of texts, or one that begins with these. */
export function intern(first: readonly string[] = []): Interned {
  const all: string[] = []
  const places = new Map<string, number>()
  const place = (text: string): number => {
    const known = places.get(text)
    if (known !== undefined) return known
    places.set(text, all.length)
    return all.push(text) - 1
  }
  for (const text of first) place(text)
  return { place, all }
}
