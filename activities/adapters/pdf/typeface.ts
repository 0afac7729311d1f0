import { readFileSync } from 'node:fs'
import { deflateSync } from 'node:zlib'
import { create, type Font } from 'fontkit'

/** A character as one typeface draws it; widths and kerning in 1/1000 of the type size. */
interface Glyph {
  /** in the font file */
  id: number
  codePoint: number
  advance: number
  /** its number in every document, when it is one of the glyphs that all documents carry */
  code: number | undefined
  /** by the next glyph's id: what is added to the advance */
  kerning: Map<number, number>
}

/** A run of glyphs; width in 1/1000 of the type size. */
export interface Run {
  width: number
  /** how a PDF shows it (the TJ operator's operand) when all its glyphs are in every document; then there is no more to it */
  operand?: string
  glyphs: readonly Glyph[]
  kerning: readonly number[]
}

const nothing: readonly never[] = []

/** What a document embeds of a typeface. Streams are deflated. */
interface Embedded {
  file: Uint8Array
  fileLength: number
  toUnicode: Uint8Array
  widths: string
}

/** Remembers answers that are asked for again, two times `limit` at most: texts from users can't fill the memory. */
function remembering<K, V>(limit: number, answer: (key: K) => V): (key: K) => V {
  let young = new Map<K, V>()
  let old = young
  return (key) => {
    let known = young.get(key)
    if (known !== undefined) return known
    known = old.get(key) ?? answer(key)
    if (young.size >= limit) {
      old = young
      young = new Map()
    }
    young.set(key, known)
    return known
  }
}

const kerningLimit = 20_000

/**
 * A font file, opened once for all documents. Of OpenType it knows characters, pair kerning and tabular figures: names and numbers
 * are drawn as they are, never as ligatures or arrows. Every document carries the same `always` glyphs, so that their part of the font
 * is cut out and deflated once; others are added per document.
 */
export class Typeface {
  readonly name: string
  readonly ascent: number
  /** of a line without further leading */
  readonly lineHeight: number
  /** what a PDF's font descriptor says of the whole font */
  readonly descriptor: string
  private readonly font: Font
  private readonly scale: number
  private readonly base: Glyph[] = []
  private readonly codes = new Map<number, number>()
  private readonly plain: (codePoint: number) => Glyph | null
  private readonly tabular: (codePoint: number) => Glyph | null
  private readonly plainRuns: (text: string) => Run
  private readonly tabularRuns: (text: string) => Run
  private readonly embeddings: (extras: string) => Embedded
  private readonly kerned = new Set<Glyph>()
  private kerningKnown = 0

  constructor(file: string, always: string) {
    const font = (this.font = create(readFileSync(file)))
    const scale = (this.scale = 1000 / font.unitsPerEm)
    this.name = font.postscriptName ?? 'Font'
    this.ascent = font.ascent * scale
    this.lineHeight = (font.ascent - font.descent + font.lineGap) * scale
    const { minX, minY, maxX, maxY } = font.bbox
    const box = [minX, minY, maxX, maxY].map((side) => Math.round(side * scale)).join(' ')
    this.descriptor =
      `/Flags 4 /FontBBox [${box}] /ItalicAngle 0 /Ascent ${Math.round(this.ascent)} /Descent ${Math.round(font.descent * scale)} ` +
      `/CapHeight ${Math.round(font.capHeight * scale)} /XHeight ${Math.round(font.xHeight * scale)} /StemV 0`
    this.plain = remembering(2000, (codePoint) => this.glyph(codePoint, false))
    this.tabular = remembering(2000, (codePoint) => this.glyph(codePoint, true))
    this.plainRuns = remembering(120, (text) => this.shaped(text, false))
    this.tabularRuns = remembering(60, (text) => this.shaped(text, true))
    this.embeddings = remembering(50, (extras) => this.cut(extras))
    for (const character of always)
      for (const tabular of [false, true]) {
        const glyph = this.glyph(character.codePointAt(0) ?? 0, tabular)
        if (!glyph || this.codes.has(glyph.id)) continue
        this.codes.set(glyph.id, this.base.push(glyph))
      }
  }

  /** Codes 1 to this are in every document; 0 is the missing glyph. */
  get sharedCodes(): number {
    return this.base.length
  }

  has(codePoint: number): boolean {
    return this.plain(codePoint) !== null
  }

  /** What the font can't draw becomes a plain mark: PDF/A knows no missing glyphs. */
  shape(text: string, tabular = false): Run {
    if (text.length > 100) return this.shaped(text, tabular)
    return tabular ? this.tabularRuns(text) : this.plainRuns(text)
  }

  private shaped(text: string, tabular: boolean): Run {
    const of = tabular ? this.tabular : this.plain
    const glyphs: Glyph[] = []
    const kerning: number[] = []
    let width = 0
    let shared = true
    for (const character of text) {
      const glyph = of(character.codePointAt(0) ?? 0) ?? of(0x25a1)
      if (!glyph) continue
      const last = glyphs.at(-1)
      if (last) {
        const added = this.kerning(last, glyph)
        kerning.push(added)
        width += added
      }
      glyphs.push(glyph)
      width += glyph.advance
      shared &&= glyph.code !== undefined
    }
    if (!shared || glyphs.length === 0) return { width, glyphs, kerning }
    const shown = operand({ glyphs, kerning }, ({ code = 0 }) => code)
    return { width, operand: shown, glyphs: nothing, kerning: nothing }
  }

  /** The part of the font that a document needs beside the shared glyphs: ids and characters, in the order of their codes. */
  embed(extras: readonly Pick<Glyph, 'id' | 'codePoint'>[]): Embedded {
    return this.embeddings(extras.map(({ id, codePoint }) => `${id}:${codePoint}`).join())
  }

  private glyph(codePoint: number, tabular: boolean): Glyph | null {
    if (!this.font.hasGlyphForCodePoint(codePoint)) return null
    const [drawn] = tabular
      ? this.font.layout(String.fromCodePoint(codePoint), { ...plainly, tnum: true }).glyphs
      : [this.font.glyphForCodePoint(codePoint)]
    if (!drawn) return null
    const advance = Math.round(drawn.advanceWidth * this.scale)
    return { id: drawn.id, codePoint, advance, code: this.codes.get(drawn.id), kerning: new Map() }
  }

  private kerning(left: Glyph, right: Glyph): number {
    const known = left.kerning.get(right.id)
    if (known !== undefined) return known
    const pair = String.fromCodePoint(left.codePoint, right.codePoint)
    const tabular = left.id !== this.font.glyphForCodePoint(left.codePoint).id
    const { glyphs, positions } = this.font.layout(pair, { ...plainly, kern: true, tnum: tabular })
    const kerning = glyphs.length === 2 ? Math.round((positions[0]!.xAdvance - glyphs[0]!.advanceWidth) * this.scale) : 0
    if (this.kerningKnown++ > kerningLimit) {
      for (const glyph of this.kerned) glyph.kerning.clear()
      this.kerned.clear()
      this.kerningKnown = 1
    }
    left.kerning.set(right.id, kerning)
    this.kerned.add(left)
    return kerning
  }

  private cut(extras: string): Embedded {
    const added = extras === '' ? [] : extras.split(',').map((extra) => extra.split(':').map(Number) as [number, number])
    const drawn = [...this.base.map(({ id, codePoint }) => [id, codePoint] as const), ...added]
    const subset = this.font.createSubset()
    for (const [id] of drawn) subset.includeGlyph(id)
    const file = subset.encode()
    const widths = [0, ...drawn.map(([id]) => id)].map((id) => Math.round(this.font.getGlyph(id).advanceWidth * this.scale))
    return {
      file: deflateSync(file, { level: 9 }),
      fileLength: file.length,
      toUnicode: deflateSync(toUnicode(drawn.map(([, codePoint]) => codePoint))),
      widths: widths.join(' '),
    }
  }
}

/** A run in codes, with its kerning between them (ISO 32000-1 §9.4.3). */
export function operand({ glyphs, kerning }: Pick<Run, 'glyphs' | 'kerning'>, codeOf: (glyph: Glyph) => number): string {
  let shown = '[<'
  glyphs.forEach((glyph, index) => {
    shown += hex4(codeOf(glyph))
    const added = kerning[index]
    if (added) shown += `>${-added}<`
  })
  return `${shown}>]`
}

/** None of what the shaper would do of its own accord. */
const plainly = Object.fromEntries(
  ['calt', 'ccmp', 'clig', 'curs', 'kern', 'liga', 'locl', 'mark', 'mkmk', 'rclt', 'rlig', 'tnum'].map((tag) => [tag, false]),
)

/** Codes back to characters (ISO 32000-1 §9.10.3): what search and copy read. At most 100 entries in a block. */
function toUnicode(codePoints: number[]): string {
  const entries = codePoints.map((codePoint, index) => {
    const utf16 = Array.from({ length: String.fromCodePoint(codePoint).length }, (_, at) =>
      hex4(String.fromCodePoint(codePoint).charCodeAt(at)),
    ).join('')
    return `<${hex4(index + 1)}> <${utf16}>`
  })
  const blocks: string[] = []
  for (let at = 0; at < entries.length; at += 100) {
    const block = entries.slice(at, at + 100)
    blocks.push(`${block.length} beginbfchar\n${block.join('\n')}\nendbfchar`)
  }
  return `/CIDInit /ProcSet findresource begin
12 dict begin
begincmap
/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def
/CMapName /Adobe-Identity-UCS def
/CMapType 2 def
1 begincodespacerange
<0000> <ffff>
endcodespacerange
${blocks.join('\n')}
endcmap
CMapName currentdict /CMap defineresource pop
end
end`
}

const hex4 = (code: number): string => code.toString(16).padStart(4, '0')
