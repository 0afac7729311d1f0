import type { Typeface } from './typeface'

/**
 * Text in lines of at most this width (in 1/1000 of the type size), broken at spaces; a word longer than a line is broken anywhere.
 * Past `most` lines it ends in an ellipsis.
 */
export function brokenToFit(text: string, face: Typeface, width: number, most: number): string[] {
  const widthOf = (line: string) => face.shape(line).width
  const whole = text.trim()
  if (widthOf(whole) <= width) return [whole]
  const lines: string[] = []
  let line = ''
  for (const word of whole.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`
    if (widthOf(longer) <= width) {
      line = longer
      continue
    }
    if (widthOf(word) > width) line = line === '' ? '' : `${line} `
    else {
      lines.push(line)
      line = ''
    }
    if (lines.length > most) break
    for (const character of word) {
      if (line !== '' && widthOf(line + character) > width) {
        lines.push(line.trimEnd())
        line = ''
        if (lines.length > most) break
      }
      line += character
    }
  }
  if (line !== '') lines.push(line)
  if (lines.length <= most) return lines
  let last = lines[most - 1] ?? ''
  while (last !== '' && widthOf(`${last}…`) > width) last = Array.from(last).slice(0, -1).join('').trimEnd()
  return [...lines.slice(0, most - 1), `${last}…`]
}
