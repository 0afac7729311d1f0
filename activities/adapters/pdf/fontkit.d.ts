// fontkit 2.0.4 comes without types; what the typeface uses of it.
declare module 'fontkit' {
  interface Glyph {
    id: number
    advanceWidth: number
  }
  interface Subset {
    includeGlyph(id: number): number
    encode(): Uint8Array
  }
  export interface Font {
    postscriptName: string | null
    unitsPerEm: number
    ascent: number
    descent: number
    lineGap: number
    capHeight: number
    xHeight: number
    bbox: { minX: number; minY: number; maxX: number; maxY: number }
    hasGlyphForCodePoint(codePoint: number): boolean
    glyphForCodePoint(codePoint: number): Glyph
    getGlyph(id: number): Glyph
    layout(text: string, features: Record<string, boolean>): { glyphs: Glyph[]; positions: { xAdvance: number }[] }
    createSubset(): Subset
  }
  export function create(file: Uint8Array): Font
}
