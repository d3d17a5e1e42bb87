import { describe, expect, test } from '@jest/globals'
import { parseDockerfile } from '../../../src/origin/dockerfile.ts'
import { divideInstructions } from '../../../src/origin/instructions.ts'
import { pulledImages } from '../../../src/origin/pulled-images.ts'

/** What a build pulls, as verify/ sees it. */
function pulled(text: string): readonly (string | undefined)[] | undefined {
  const parsed = parseDockerfile(text)
  return parsed && pulledImages(parsed).map(({ image }) => image)
}

/** Each was read otherwise by BuildKit 0.32 (frontend/dockerfile/parser) and by a reader for editors. */
describe('what hides an image from a reader that is not the builder', () => {
  test.each([
    ['quotes in the name of a flag', 'FROM a\nCOPY --"from"=other /x /x\n'],
    ['a flag that is quoted in part', 'FROM a\nCOPY --fr"om=other" /x /x\n'],
    ['an escape in the name of a flag', 'FROM a\nCOPY --fr\\om=other /x /x\n'],
    ['white space in a flag before it', 'FROM a\nCOPY --chown="a b" --from=other /x /x\n'],
    ['escaped white space in a flag before it', 'FROM a\nCOPY --chown=a\\ b --from=other /x /x\n'],
    ['quotes in the name of a mount', 'FROM a\nRUN --"mount"=type=bind,from=other,target=/x true\n'],
    ['an escape in a mount', 'FROM a\nRUN --mount=type=bind,fr\\om=other,target=/x true\n'],
    ['ONBUILD with a quoted flag', 'FROM a\nONBUILD COPY --"from"=other /x /x\n'],
    ['ONBUILD with white space in a flag', 'FROM a\nONBUILD COPY --chown="a b" --from=other /x /x\n'],
    ['two escape characters at the end of a line', 'FROM a\nRUN echo \\\\\nFROM other\n'],
    ['an escape directive after one that is unknown', '# a=b\n# escape=`\nFROM a\nRUN x `\nFROM other\n'],
    ['an escape directive after an empty line', '\n# escape=`\nFROM a\nRUN x `\nFROM other\n'],
    ['here-document signs that are joined', 'FROM a\nRUN <<E<<E\nFROM other\n'],
    ['here-document signs after an escape', 'FROM a\nRUN echo \\<<E\nFROM other\n'],
    ['here-document signs inside a word', 'FROM a\nRUN echo a<<E\nFROM other\nE\n'],
    ['here-document signs where there is none', 'FROM a\nLABEL a=<<E\nFROM other\nE\n'],
    ['here-document signs in exec form', 'FROM a\nRUN ["cat", "<<E"]\nFROM other\nE\n'],
    ['a delimiter with white space after it', 'FROM a\nRUN cat <<E\nE \nE\nFROM other\n']
  ])('%s', (_, text) => {
    expect(pulled(text)).toEqual(['a', 'other'])
  })

  test('a flag with white space before the image', () => {
    expect(pulled('FROM --platform="x a" other\n')).toEqual(['other'])
  })

  test.each([
    ['a here-document without end', 'FROM a\nRUN cat <<E\nFROM other\n'],
    ['a delimiter that is a variable', 'FROM a\nRUN cat <<$E\nFROM other\n$E\n'],
    ['here-document signs in a quote without end', 'FROM a\nCOPY " <<X /a /b\nFROM other\n'],
    ['a directive that stands there twice', '# escape=`\n# escape=`\nFROM a\n'],
    ['an escape character that there is not', '# escape=x\nFROM a\n']
  ])('%s is not read at all', (_, text) => {
    expect(pulled(text)).toBeUndefined()
  })
})

test('here-documents belong to their instruction', () => {
  expect(divideInstructions('FROM a\nRUN cat <<-E <<"F"\n\tFROM x\n\tE\nF\nCOPY <<E /a\nE\n')).toMatchObject([
    { keyword: 'FROM', line: 1 },
    { keyword: 'RUN', line: 2, text: 'cat <<-E <<"F"', heredoc: ['\tFROM x', '\tE', 'F'] },
    { keyword: 'COPY', line: 6, heredoc: ['E'] }
  ])
})

test('a directive holds what Go takes for one line, so that the one after it counts', () => {
  const text = '# check=skip=a\u2028b\n# escape=`\nFROM good\nRUN true \\\nFROM evil.example/x\n'
  expect(divideInstructions(text)?.filter(({ keyword }) => keyword === 'FROM')).toHaveLength(2)
})
