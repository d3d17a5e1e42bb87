/**
 * The same function, done once for each object that it is given, and remembered for as long as that object is there.
 * @param work pure, of something that never changes.
 */
export function oncePer<A extends object, T>(work: (about: A) => T): (about: A) => T {
  const known = new WeakMap<A, T>()
  return about => {
    const found = known.get(about)
    if (found !== undefined) return found
    const result = work(about)
    known.set(about, result)
    return result
  }
}

/** The same for a function of two objects. */
export function oncePerPair<A extends object, B extends object, T>(work: (a: A, b: B) => T): (a: A, b: B) => T {
  const having = oncePer((a: A) => oncePer((b: B) => work(a, b)))
  return (a, b) => having(a)(b)
}
