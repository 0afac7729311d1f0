import { createHash } from 'node:crypto'
import { deflateSync } from 'node:zlib'
import { srgbProfile } from './srgb'
import { operand, type Run, type Typeface } from './typeface'

/** A4, in points; y counts from the top as people read. */
const paperWidth = 595.28
const paperHeight = 841.89

interface PaperInfo {
  title: string
  author: string
  /** RFC 3066: de-DE */
  language: string
  made: Date
  /** XMP packet (ISO 16684-1); PDF/A wants the same facts there as above */
  metadata: string
  attachment?: { name: string; type: string; description: string; content: Uint8Array }
}

/** How a page stands while it is written on, so that nothing is said twice. */
interface Page {
  content: string[]
  fill?: string
  stroke?: string
  thickness?: number
}

/**
 * A PDF/A-3b document (ISO 19005-3 on ISO 32000-1) with one attachment or none, as little of PDF as a letter needs; the same calls always give
 * the same bytes. Why not a library: paper.decision.md.
 */
export class Paper {
  private readonly pages: Page[] = []
  private page: Page
  private readonly extras: Map<number, { id: number; codePoint: number; code: number }>[]

  constructor(private readonly faces: readonly Typeface[]) {
    this.extras = faces.map(() => new Map<number, { id: number; codePoint: number; code: number }>())
    this.page = this.addPage()
  }

  get pageCount(): number {
    return this.pages.length
  }

  addPage(): Page {
    this.page = { content: [] }
    this.pages.push(this.page)
    return this.page
  }

  turnTo(index: number): void {
    this.page = this.pages[index] ?? this.page
  }

  /** A run with its line's top at y. */
  text(run: Run, face: Typeface, x: number, y: number, size: number, color: string): void {
    if (run.operand === undefined && run.glyphs.length === 0) return
    const which = this.faces.indexOf(face)
    this.fillWith(color)
    const baseline = paperHeight - y - (face.ascent * size) / 1000
    this.page.content.push(
      `BT /F${which} ${size} Tf ${short(x)} ${short(baseline)} Td ${run.operand ?? this.operandWithExtras(run, face, which)} TJ ET`,
    )
  }

  private operandWithExtras(run: Run, face: Typeface, which: number): string {
    const extras = this.extras[which]
    return operand(run, ({ id, codePoint, code }) => {
      if (code !== undefined || !extras) return code ?? 0
      const known = extras.get(id) ?? { id, codePoint, code: face.sharedCodes + 1 + extras.size }
      extras.set(id, known)
      return known.code
    })
  }

  rule(from: number, to: number, y: number, thickness: number, color: string): void {
    this.strokeWith(color, thickness)
    this.page.content.push(`${short(from)} ${down(y)} m ${short(to)} ${down(y)} l S`)
  }

  polygon(corners: readonly (readonly [number, number])[], color: string): void {
    this.fillWith(color)
    this.page.content.push(`${path(corners)} h f`)
  }

  /** An open line with round corners and ends. */
  stroke(corners: readonly (readonly [number, number])[], thickness: number, color: string): void {
    this.strokeWith(color, thickness)
    this.page.content.push(`q 1 J 1 j ${path(corners)} S Q`)
  }

  roundedBox(x: number, y: number, width: number, height: number, radius: number, color: string): void {
    this.fillWith(color)
    const [left, top, right, bottom] = [x, paperHeight - y, x + width, paperHeight - y - height]
    const c = radius * 0.4477 // of a quarter circle as a Bézier curve
    const curve = (...points: number[]) => `${points.map(short).join(' ')} c`
    const line = (...points: number[]) => `${points.map(short).join(' ')} l`
    this.page.content.push(
      [
        `${short(left + radius)} ${short(top)} m`,
        line(right - radius, top),
        curve(right - c, top, right, top - c, right, top - radius),
        line(right, bottom + radius),
        curve(right, bottom + c, right - c, bottom, right - radius, bottom),
        line(left + radius, bottom),
        curve(left + c, bottom, left, bottom + c, left, bottom + radius),
        line(left, top - radius),
        curve(left, top - c, left + c, top, left + radius, top),
        'h f',
      ].join(' '),
    )
  }

  private fillWith(color: string): void {
    if (this.page.fill === color) return
    this.page.fill = color
    this.page.content.push(`${rgb(color)} rg`)
  }

  private strokeWith(color: string, thickness: number): void {
    if (this.page.stroke !== color) this.page.content.push(`${rgb(color)} RG`)
    if (this.page.thickness !== thickness) this.page.content.push(`${thickness} w`)
    Object.assign(this.page, { stroke: color, thickness })
  }

  /** The whole document. */
  bytes({ title, author, language, made, metadata, attachment }: PaperInfo): Uint8Array {
    const file = new Objects()
    const catalog = file.reserve()
    const tree = file.reserve()
    const when = `(D:${made.toISOString().replace(/[-:T]|\.\d+/g, '')})`
    const fonts = this.faces.map(
      (face, index) => `/F${index} ${this.font(file, face, [...(this.extras[index]?.values() ?? [])])} 0 R`,
    )
    const resources = `/Resources << /Font << ${fonts.join(' ')} >> >>`
    const kids = this.pages.map((page) => {
      const content = file.stream('', deflateSync(Buffer.from(page.content.join('\n'), 'latin1'), quickly), true)
      return file.add(`<< /Type /Page /Parent ${tree} 0 R ${resources} /Contents ${content} 0 R >>`)
    })
    file.put(
      tree,
      `<< /Type /Pages /Count ${kids.length} /Kids [${kids.map((kid) => `${kid} 0 R`).join(' ')}] ` +
        `/MediaBox [0 0 ${paperWidth} ${paperHeight}] >>`,
    )

    const attached = attachment ? this.attach(file, attachment, when) : ''
    const profile = file.stream('/N 3', (srgb ??= deflateSync(srgbProfile(), { level: 9 })), true)
    const intent = '/Type /OutputIntent /S /GTS_PDFA1 /OutputConditionIdentifier (sRGB IEC61966-2.1) /Info (sRGB IEC61966-2.1)'
    const packet = file.stream('/Type /Metadata /Subtype /XML', Buffer.from(metadata), false)
    file.put(
      catalog,
      `<< /Type /Catalog /Pages ${tree} 0 R /Lang ${literal(language)} /Metadata ${packet} 0 R ` +
        `/OutputIntents [<< ${intent} /DestOutputProfile ${profile} 0 R >>] /ViewerPreferences << /DisplayDocTitle true >>${attached} >>`,
    )
    const info = file.add(
      `<< /Title ${literal(title)} /Author ${literal(author)} /Creator (Kontor) /Producer (Kontor) /CreationDate ${when} /ModDate ${when} >>`,
    )
    // who has no attachment is known by what it says of itself
    return file.end(catalog, info, md5(attachment?.content ?? Buffer.from(metadata)))
  }

  /** Puts a file into the document; answers how the catalogue names it. */
  private attach(
    file: Objects,
    { name: fileName, type, description, content }: NonNullable<PaperInfo['attachment']>,
    when: string,
  ): string {
    const embedded = file.stream(
      `/Type /EmbeddedFile /Subtype /${type.replace('/', '#2F')} ` +
        `/Params << /CreationDate ${when} /ModDate ${when} /Size ${content.length} /CheckSum <${md5(content)}> >>`,
      deflateSync(content, quickly),
      true,
    )
    const name = literal(fileName)
    const specification = file.add(
      `<< /Type /Filespec /AFRelationship /Alternative /F ${name} /UF ${name} /Desc ${literal(description)} ` +
        `/EF << /F ${embedded} 0 R /UF ${embedded} 0 R >> >>`,
    )
    return ` /AF [${specification} 0 R] /Names << /EmbeddedFiles << /Names [${name} ${specification} 0 R] >> >>`
  }

  private font(file: Objects, face: Typeface, extras: { id: number; codePoint: number }[]): number {
    const { file: program, fileLength, toUnicode, widths } = face.embed(extras)
    // the tag says that it is a part of the font
    const name = `/KONTOR+${face.name}`
    const stream = file.stream(`/Length1 ${fileLength}`, program, true)
    const descriptor = file.add(`<< /Type /FontDescriptor /FontName ${name} ${face.descriptor} /FontFile2 ${stream} 0 R >>`)
    const descendant = file.add(
      `<< /Type /Font /Subtype /CIDFontType2 /BaseFont ${name} /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> ` +
        `/FontDescriptor ${descriptor} 0 R /CIDToGIDMap /Identity /W [0 [${widths}]] >>`,
    )
    const characters = file.stream('', toUnicode, true)
    return file.add(
      `<< /Type /Font /Subtype /Type0 /BaseFont ${name} /Encoding /Identity-H /DescendantFonts [${descendant} 0 R] /ToUnicode ${characters} 0 R >>`,
    )
  }
}

/** A third of the time for a tenth more bytes; small working memory, which threads would otherwise ask the system for each time. */
const quickly = { level: 3, windowBits: 13, memLevel: 6, chunkSize: 4096 }

let srgb: Uint8Array | undefined

/** Indirect objects, numbered as they come, and the table that finds them. */
class Objects {
  /** text is Latin-1: a character is a byte */
  private readonly parts: (string | Uint8Array)[] = []
  private readonly offsets: number[] = []
  private length = 0

  constructor() {
    this.write('%PDF-1.7\n%\xff\xff\xff\xff\n')
  }

  reserve(): number {
    return this.offsets.push(0)
  }

  add(object: string): number {
    const id = this.reserve()
    this.put(id, object)
    return id
  }

  put(id: number, object: string): void {
    this.offsets[id - 1] = this.length
    this.write(`${id} 0 obj\n${object}\nendobj\n`)
  }

  stream(entries: string, content: Uint8Array, deflated: boolean): number {
    const id = this.reserve()
    this.offsets[id - 1] = this.length
    const filter = deflated ? ' /Filter /FlateDecode' : ''
    this.write(`${id} 0 obj\n<< ${entries} /Length ${content.length}${filter} >>\nstream\n`)
    this.write(content)
    this.write('\nendstream\nendobj\n')
    return id
  }

  end(catalog: number, info: number, id: string): Uint8Array {
    const start = this.length
    const size = this.offsets.length + 1
    const table = this.offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('')
    const trailer = `<< /Size ${size} /Root ${catalog} 0 R /Info ${info} 0 R /ID [<${id}> <${id}>] >>`
    const end = `xref\n0 ${size}\n0000000000 65535 f \n${table}trailer\n${trailer}\nstartxref\n${start}\n%%EOF\n`
    this.write(end)
    const whole = Buffer.alloc(this.length)
    let at = 0
    for (const part of this.parts) {
      if (typeof part === 'string') whole.write(part, at, 'latin1')
      else whole.set(part, at)
      at += part.length
    }
    return new Uint8Array(whole.buffer, whole.byteOffset, whole.length)
  }

  private write(part: string | Uint8Array): void {
    this.parts.push(part)
    this.length += part.length
  }
}

const md5 = (content: Uint8Array): string => createHash('md5').update(content).digest('hex')
const short = (length: number): number => Math.round(length * 100) / 100
const down = (y: number): number => short(paperHeight - y)
const path = (corners: readonly (readonly [number, number])[]): string =>
  corners.map(([x, y], index) => `${short(x)} ${down(y)} ${index === 0 ? 'm' : 'l'}`).join(' ')

/** #1b2733 → 0.106 0.153 0.2 */
const rgb = (color: string): string =>
  [1, 3, 5].map((at) => Math.round((parseInt(color.slice(at, at + 2), 16) / 255) * 1000) / 1000).join(' ')

/** A text string (§7.9.2.2): as it is where that is plain ASCII, else UTF-16BE. */
const literal = (text: string): string =>
  /^[\x20-\x7e]*$/.test(text)
    ? `(${text.replace(/[\\()]/g, '\\$&')})`
    : `<feff${Buffer.from(text, 'utf16le').swap16().toString('hex')}>`
