const BLOCK = 512

/**
 * An uncompressed tar archive of small files, the same bytes every time.
 * Format: POSIX ustar, https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html#tag_20_94_13_06
 * @param files contents by name; a name has at most 100 bytes.
 */
export function tarOf(files: Readonly<Record<string, Buffer>>): Buffer {
  const entries = Object.entries(files).flatMap(([name, content]) => [
    headerOf(name, content.length),
    content,
    padding(content.length)
  ])
  return Buffer.concat([...entries, Buffer.alloc(2 * BLOCK)])
}

function padding(size: number): Buffer {
  return Buffer.alloc((BLOCK - (size % BLOCK)) % BLOCK)
}

function headerOf(name: string, size: number): Buffer {
  const header = Buffer.alloc(BLOCK)
  const octal = (value: number, digits: number) => value.toString(8).padStart(digits, '0')
  const fields: [string, number][] = [
    [name, 0],
    [octal(0o644, 7), 100],
    [octal(0, 7), 108],
    [octal(0, 7), 116],
    [octal(size, 11), 124],
    [octal(0, 11), 136],
    // The checksum is taken with blanks in its place.
    [' '.repeat(8), 148],
    ['0', 156],
    ['ustar\x0000', 257]
  ]
  for (const [value, offset] of fields) header.write(value, offset)
  const checksum = header.reduce((sum, byte) => sum + byte, 0)
  header.write(`${octal(checksum, 6)}\0 `, 148)
  return header
}
