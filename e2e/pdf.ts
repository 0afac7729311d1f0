import { inflateSync } from 'node:zlib'

/**
 * All that stands in a PDF's streams: page texts are glyph numbers of an embedded font and stay so, but the invoice inside the invoice
 * (EN 16931, an XML file) names every line in plain letters.
 */
export function textsInPdf(file: Buffer): string {
  const texts: string[] = []
  let at = 0
  for (;;) {
    const begin = file.indexOf('stream', at)
    if (begin < 0) return texts.join('\n')
    const end = file.indexOf('endstream', begin)
    if (end < 0) return texts.join('\n')
    const from = begin + 'stream'.length + (file[begin + 6] === 0x0d ? 2 : 1)
    const content = file.subarray(from, end)
    try {
      texts.push(inflateSync(content, { finishFlush: 2 }).toString('utf8'))
    } catch {
      texts.push(content.toString('utf8'))
    }
    at = end + 'endstream'.length
  }
}
