/**
 * The texts that the runner replaces for one secret: the whole value, as it is and trimmed, and each of its lines that is not empty.
 * Source: actions/runner, Worker.cs (InitializeSecretMasker) and AddMaskCommandExtension. Its encoded forms (base64, JSON, URI) are not
 * here: a step must not need them.
 */
export function masksOf(secret: string): readonly string[] {
  const lines = secret.split(/\r\n|\r|\n/).map(line => line.trim())
  return [...new Set([secret, secret.trim(), ...lines])].filter(text => text !== '')
}

/** `text` with every mask in it replaced by `***`; the longest first, so that a shorter one leaves nothing of it over. */
export function applyMasks(text: string, masks: Iterable<string>): string {
  return [...masks]
    .toSorted((a, b) => b.length - a.length)
    .reduce((masked, mask) => masked.replaceAll(mask, '***'), text)
}
