/** Characters that are handed on at once. */
const CHUNK = 1_048_576

/** The JSON of each item's entry, made when it is asked for: an element of a list in objectText. */
export function* each<T>(items: readonly T[], entry: (item: T, index: number) => object): Generator<readonly string[]> {
  for (const [index, item] of items.entries()) yield [JSON.stringify(entry(item, index))]
}

/**
 * An object as JSON, in pieces: what is too long for one text, or for memory, never is there as a whole.
 * @param fields at least one.
 * @param lists by name, which stand behind the fields; of each element its pieces.
 * @param end what follows the object.
 */
export function* objectText(
  fields: object,
  lists: Readonly<Record<string, Iterable<Iterable<string>>>>,
  end = ''
): Generator<string> {
  yield JSON.stringify(fields).slice(0, -1)
  for (const [name, elements] of Object.entries(lists)) {
    let before = `,${JSON.stringify(name)}:[`
    for (const element of elements) {
      yield before
      yield* element
      before = ','
    }
    yield before === ',' ? ']' : `${before}]`
  }
  yield `}${end}`
}

/** The same text in pieces of about a megabyte, since each is written by itself. */
export function* inChunks(pieces: Iterable<string>): Generator<string> {
  let chunk: string[] = []
  let length = 0
  for (const piece of pieces) {
    chunk.push(piece)
    length += piece.length
    if (length < CHUNK) continue
    yield chunk.join('')
    chunk = []
    length = 0
  }
  yield chunk.join('')
}
