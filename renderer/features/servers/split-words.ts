/** Splits a command line as a POSIX shell does, without variables, globs and everything else that would run something. */
export function splitWords(line: string): readonly string[] {
  const words: string[] = []
  let word: string | undefined
  let quote: '"' | "'" | undefined
  for (let index = 0; index < line.length; index++) {
    const letter = line[index] ?? ''
    if (quote !== undefined) {
      if (letter === quote) quote = undefined
      else if (quote === '"' && letter === '\\' && /["\\$`]/.test(line[index + 1] ?? ''))
        word = `${word ?? ''}${line[++index] ?? ''}`
      else word = `${word ?? ''}${letter}`
    } else if (letter === '"' || letter === "'") {
      quote = letter
      word ??= ''
    } else if (letter === '\\') word = `${word ?? ''}${line[++index] ?? ''}`
    else if (/\s/.test(letter)) {
      if (word !== undefined) words.push(word)
      word = undefined
    } else word = `${word ?? ''}${letter}`
  }
  return word === undefined ? words : [...words, word]
}
