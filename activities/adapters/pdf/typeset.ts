import { createRequire } from 'node:module'
import { readFileSync } from 'node:fs'
import PDFDocument from 'pdfkit'
import { countryName } from '../../../workflows/policy/countries'
import { vatTotals, type IssuedDocument } from '../../../workflows/policy/document'
import { showMoney } from '../../../workflows/policy/money'
import { toULabel } from '../../../workflows/policy/names'
import { said } from '../../../workflows/policy/said'
import { showDay, showRate, speaker } from '../../../workflows/policy/words/words'
import { eInvoiceXml, paymentSentence } from './e-invoice'
import { facturXMetadata } from './factur-x'

const require = createRequire(import.meta.url)

/** A font as pdfkit has opened it: it takes one in place of a file, and keeps what it has read of it. */
interface OpenFont {
  hasGlyphForCodePoint(codePoint: number): boolean
}
const open = (file: string): OpenFont => {
  const doc = new PDFDocument({ autoFirstPage: false, font: readFileSync(file) as unknown as string })
  return (doc as unknown as { _font: { font: OpenFont } })._font.font
}

/** Inter (OFL 1.1), opened once; each document embeds the glyphs it uses, as PDF/A wants it. */
let fonts: { regular: OpenFont; strong: OpenFont } | undefined
const loadFonts = () =>
  (fonts ??= {
    regular: open(require.resolve('@expo-google-fonts/inter/400Regular/Inter_400Regular.ttf')),
    strong: open(require.resolve('@expo-google-fonts/inter/600SemiBold/Inter_600SemiBold.ttf')),
  })

const mm = (length: number): number => (length * 72) / 25.4
const ink = '#1b2733'
const quiet = '#5a6875'
const hairline = '#d4dae0'
const accent = '#1d4f91'
const paid = '#1c6b45'

const left = mm(25)
const right = mm(210 - 20)
const width = right - left
/** where the letter's text must end, above the footer */
const bottom = mm(297 - 38)

/** Columns of the table of lines: x of the left edge, width, and where the text goes. */
const columns = [
  { word: 'invoice.position', x: left, width: mm(9), align: 'left' },
  { word: 'invoice.text', x: left + mm(9), width: mm(85), align: 'left' },
  { word: 'invoice.quantity', x: left + mm(94), width: mm(13), align: 'right' },
  { word: 'invoice.unit-net', x: left + mm(107), width: mm(25), align: 'right' },
  { word: 'invoice.vat-rate', x: left + mm(132), width: mm(12), align: 'right' },
  { word: 'invoice.net', x: left + mm(144), width: width - mm(144), align: 'right' },
] as const

/**
 * An invoice or credit note as a letter (DIN 5008 form B), PDF/A-3b, with its EN 16931 XML inside (Factur-X 1.0 / ZUGFeRD 2).
 * The same document always gives the same bytes.
 */
export async function typeset(document: IssuedDocument): Promise<{ pdf: Uint8Array; xml: string }> {
  const xml = eInvoiceXml(document)
  const pdf = await draw(document, xml)
  return { pdf, xml }
}

type Pdf = InstanceType<typeof PDFDocument>

function draw(document: IssuedDocument, xml: string): Promise<Uint8Array> {
  const { regular, strong } = loadFonts()
  const { data, language, number } = document
  const { seller } = data
  const issued = new Date(`${document.issuedOn}T12:00:00Z`)
  const say = speaker(language)
  const title = `${say(said(`${document.kind}.title`))} ${number}`
  const doc = new PDFDocument({
    size: 'A4',
    margin: 0,
    bufferPages: true,
    subset: 'PDF/A-3b',
    pdfVersion: '1.7',
    lang: language === 'de' ? 'de-DE' : 'en-GB',
    displayTitle: true,
    font: regular as unknown as string,
    info: {
      Title: asMetadata(`${title}, ${seller.name}`),
      Author: asMetadata(seller.name),
      Creator: 'Kontor',
      Producer: 'Kontor',
      CreationDate: issued,
      ModDate: issued,
    },
  })
  const chunks: Uint8Array[] = []
  const finished = new Promise<Uint8Array>((resolve, reject) => {
    doc.on('data', (chunk: Uint8Array) => chunks.push(chunk))
    doc.on('end', () => resolve(new Uint8Array(Buffer.concat(chunks))))
    doc.on('error', reject)
  })
  doc.registerFont('regular', regular as unknown as string)
  doc.registerFont('strong', strong as unknown as string)
  doc.file(
    new TextEncoder().encode(xml) as unknown as string,
    {
      name: 'factur-x.xml',
      type: 'text/xml',
      description: 'EN 16931 (Factur-X)',
      relationship: 'Alternative',
      creationDate: issued,
      modifiedDate: issued,
    } as unknown as Parameters<typeof doc.file>[1],
  )
  ;(doc as unknown as { appendXML(text: string): void }).appendXML(facturXMetadata)

  new Letter(doc, document, regular, title).write()
  doc.end()
  return finished
}

/** Metadata goes into XML unescaped. */
const asMetadata = (text: string): string => text.replaceAll('&', '+').replace(/[<>\p{C}]/gu, ' ')

class Letter {
  private readonly say: ReturnType<typeof speaker>
  private y = 0

  constructor(
    private readonly doc: Pdf,
    private readonly document: IssuedDocument,
    private readonly glyphs: OpenFont,
    private readonly title: string,
  ) {
    this.say = speaker(document.language)
  }

  write(): void {
    this.letterhead()
    this.address()
    this.facts()
    this.opening()
    this.lines()
    this.totals()
    this.closing()
    this.everyPage()
  }

  private money(amount: number): string {
    return showMoney({ amount, currency: this.document.currency }, this.document.language)
  }

  private day(day: string): string {
    return showDay(day, this.document.language)
  }

  /** What the font can't draw is shown as a plain mark: PDF/A knows no missing glyphs, and a name is never lost for it (its A-label stays). */
  private drawable(text: string): string {
    return Array.from(text.normalize('NFC').replace(/[\p{C}\p{Zl}\p{Zp}\s]+/gu, ' '), (character) =>
      character === '\u202f' || this.glyphs.hasGlyphForCodePoint(character.codePointAt(0) ?? 0) ? character : '\u25a1',
    ).join('')
  }

  private canDraw(text: string): boolean {
    return Array.from(text).every((character) => this.glyphs.hasGlyphForCodePoint(character.codePointAt(0) ?? 0))
  }

  private text(
    content: string,
    x: number,
    y: number,
    {
      size = 9,
      font = 'regular',
      color = ink,
      ...options
    }: { size?: number; font?: 'regular' | 'strong'; color?: string } & PDFKit.Mixins.TextOptions = {},
  ): void {
    this.doc
      .font(font)
      .fontSize(size)
      .fillColor(color)
      .text(this.drawable(content), x, y, { lineBreak: false, ...options })
  }

  /** Text in a column, broken where it must be, at most so many lines; answers its height. */
  private block(
    content: string,
    x: number,
    y: number,
    columnWidth: number,
    {
      size = 9,
      lines = 2,
      ...rest
    }: { size?: number; font?: 'regular' | 'strong'; color?: string; lines?: number; align?: 'left' | 'right' } = {},
  ): number {
    const gap = size * 0.3
    const shown = this.drawable(content)
    this.doc.font(rest.font ?? 'regular').fontSize(size)
    const line = this.doc.currentLineHeight(true) + gap
    const height = Math.min(this.doc.heightOfString(shown, { width: columnWidth, lineGap: gap }), line * lines)
    this.text(content, x, y, {
      size,
      ...rest,
      lineBreak: true,
      width: columnWidth,
      height: height + 1,
      lineGap: gap,
      ellipsis: '…',
    })
    return height
  }

  private rule(y: number, color = hairline, thickness = 0.6, from = left, to = right): void {
    this.doc.moveTo(from, y).lineTo(to, y).lineWidth(thickness).strokeColor(color).stroke()
  }

  // ───────────────────────────── first page ─────────────────────────────

  private letterhead(): void {
    const { seller } = this.document.data
    this.mark(left, mm(16), 26)
    this.text(seller.name, left + 36, mm(16) + 1, { size: 14, font: 'strong' })
    this.text(seller.website, left + 36, mm(16) + 18, { size: 8, color: quiet })
  }

  /** The house's mark: a warehouse gable with its door. */
  private mark(x: number, y: number, size: number): void {
    const { doc } = this
    doc.roundedRect(x, y, size, size, size * 0.2).fill(accent)
    const at = (dx: number, dy: number): [number, number] => [x + dx * size, y + dy * size]
    doc
      .moveTo(...at(0.22, 0.78))
      .lineTo(...at(0.22, 0.45))
      .lineTo(...at(0.5, 0.2))
      .lineTo(...at(0.78, 0.45))
      .lineTo(...at(0.78, 0.78))
      .lineTo(...at(0.6, 0.78))
      .lineTo(...at(0.6, 0.56))
      .lineTo(...at(0.4, 0.56))
      .lineTo(...at(0.4, 0.78))
      .closePath()
      .fill('#ffffff')
  }

  /** DIN 5008 form B: the window of the envelope. */
  private address(): void {
    const { seller, buyer } = this.document.data
    const fieldWidth = mm(80)
    this.text(`${seller.name} · ${seller.street} · ${seller.postcode} ${seller.city}`, left, mm(50), { size: 6.5, color: quiet })
    const lines = [
      buyer.name,
      ...(buyer.person === undefined ? [] : [buyer.person]),
      buyer.street,
      `${buyer.postcode} ${buyer.city}`.trim(),
      ...(buyer.country === seller.country ? [] : [countryName(buyer.country, this.document.language).toUpperCase()]),
    ]
    let y = mm(56)
    for (const line of lines) y += this.block(line, left, y, fieldWidth, { size: 10, lines: lines.length > 4 ? 1 : 2 })
  }

  private facts(): void {
    const { kind, number, issuedOn, data } = this.document
    const supplied = data.lines.flatMap(({ from }) => from ?? []).sort()
    const first = supplied[0] ?? data.payment.on
    const last = supplied.at(-1) ?? first
    const rows: [string, string][] = [
      [this.say(said(`${kind}.number`)), number],
      [this.say(said(`${kind}.issued-on`)), this.day(issuedOn)],
      [this.say(said('invoice.supplied-on')), first === last ? this.day(first) : `${this.day(first)} – ${this.day(last)}`],
      [this.say(said('invoice.customer-number')), data.buyer.number],
      [this.say(said('invoice.order')), data.order.id],
      ...(data.buyer.vatId === undefined ? [] : [[this.say(said('invoice.buyer-vat-id')), data.buyer.vatId] as [string, string]]),
    ]
    const x = mm(125)
    let y = mm(50)
    for (const [label, value] of rows) {
      this.text(label, x, y, { size: 8, color: quiet })
      const height = this.block(value, x + mm(27), y, right - x - mm(27), { size: 8, lines: 2, align: 'right' })
      y += Math.max(height, 10) + 3
    }
  }

  private opening(): void {
    const { corrects } = this.document.data
    this.text(this.title, left, mm(98), { size: 17, font: 'strong' })
    this.y = mm(98) + 28
    if (corrects)
      this.y += this.block(
        this.say(said('credit-note.corrects', { number: corrects.number, at: corrects.issuedOn })),
        left,
        this.y,
        width,
      )
    this.y += 12
  }

  // ───────────────────────────── lines and totals ─────────────────────────────

  private tableHead(): void {
    for (const { word, x, width: columnWidth, align } of columns)
      this.text(this.say(said(word)), x, this.y, { size: 7.5, color: quiet, width: columnWidth, align })
    this.y += 14
    this.rule(this.y, ink, 0.8)
    this.y += 7
  }

  private newPage(): void {
    this.doc.addPage()
    this.mark(left, mm(14), 14)
    this.text(`${this.title} · ${this.document.data.seller.name}`, left + 22, mm(14) + 2.5, { size: 8, color: quiet })
    this.y = mm(28)
  }

  private lines(): void {
    const { lines, data, language } = this.document
    this.tableHead()
    for (const line of lines) {
      const term = data.lines.find(({ position }) => position === line.position)
      const shownName = term && toULabel(term.name)
      // a name in a script that the font lacks is shown as the registry holds it
      const text = term && shownName && !this.canDraw(shownName) ? line.text.replaceAll(shownName, term.name) : line.text
      const textColumn = columns[1]
      this.doc.font('regular').fontSize(9)
      const height = Math.min(this.doc.heightOfString(this.drawable(text), { width: textColumn.width, lineGap: 2.7 }), 55)
      if (this.y + height + 22 > bottom) {
        this.newPage()
        this.tableHead()
      }
      const cells = [
        String(line.position),
        '',
        String(line.quantity),
        this.money(line.unitNet),
        showRate(line.vatRate, language),
        this.money(line.net),
      ]
      for (const [index, cell] of cells.entries()) {
        const { x, width: columnWidth, align } = columns[index]!
        if (cell !== '')
          this.text(cell, x, this.y, { width: columnWidth, align, features: ['tnum'], color: index === 0 ? quiet : ink })
      }
      this.y += this.block(text, textColumn.x, this.y, textColumn.width, { lines: 4 })
      if (term?.from && term.until) {
        this.text(`${this.day(term.from)} – ${this.day(term.until)}`, textColumn.x, this.y, { size: 7.5, color: quiet })
        this.y += 11
      }
      this.y += 4
      this.rule(this.y)
      this.y += 6
    }
  }

  private totals(): void {
    const { lines, data, net, gross } = this.document
    const taxes = vatTotals(lines)
    if (this.y + 40 + taxes.length * 16 > bottom) this.newPage()
    const x = left + mm(82)
    const row = (label: string, amount: number, strong = false) => {
      const style = { size: strong ? 11 : 9, font: strong ? 'strong' : 'regular' } as const
      this.text(label, x, this.y, style)
      this.text(this.money(amount), x, this.y, { ...style, width: right - x, align: 'right', features: ['tnum'] })
      this.y += strong ? 20 : 16
    }
    this.y += 6
    row(this.say(said('invoice.total-net')), net)
    for (const { rate, vat } of taxes)
      row(this.say(said('invoice.total-vat', { rate, country: data.vat.treatment === 'oss' ? data.vat.country : '' })), vat)
    this.rule(this.y - 3, ink, 0.8, x, right)
    this.y += 4
    row(this.say(said('invoice.total-gross')), gross, true)
    this.y += 10
  }

  private closing(): void {
    const { kind, data } = this.document
    const { vat } = data
    const note = this.say(said(`invoice.vat.${vat.treatment}`, { country: vat.country }))
    const notes = [
      ...(vat.treatment === 'domestic' ? [] : [note]),
      ...(kind === 'invoice' && data.lines.some(({ from }) => from === undefined)
        ? [this.say(said('invoice.supplied-is-issued'))]
        : []),
      ...(kind === 'invoice' ? [this.say(said('invoice.e-invoice'))] : []),
    ]
    if (this.y + 40 + notes.length * 26 > bottom) this.newPage()
    const sentence = paymentSentence(this.document)
    this.doc.font('regular').fontSize(9.5)
    const height = this.doc.heightOfString(this.drawable(sentence), { width: width - 40, lineGap: 3 })
    this.doc.roundedRect(left, this.y, width, height + 18, 4).fill(kind === 'invoice' ? '#eaf4ee' : '#edf2f9')
    this.tick(left + 12, this.y + 9, kind === 'invoice' ? paid : accent)
    this.block(sentence, left + 30, this.y + 9, width - 40, { size: 9.5, color: kind === 'invoice' ? paid : accent, lines: 4 })
    this.y += height + 32
    for (const line of notes)
      this.y += this.block(line, left, this.y, width, { size: 8, lines: 4, color: line === note ? ink : quiet }) + 5
  }

  private tick(x: number, y: number, color: string): void {
    this.doc
      .moveTo(x, y + 5.5)
      .lineTo(x + 3.5, y + 9)
      .lineTo(x + 10, y + 1.5)
      .lineWidth(1.6)
      .lineCap('round')
      .lineJoin('round')
      .strokeColor(color)
      .stroke()
  }

  // ───────────────────────────── every page ─────────────────────────────

  private everyPage(): void {
    const { seller } = this.document.data
    const { start, count } = this.doc.bufferedPageRange()
    const footer: string[][] = [
      [seller.name, seller.street, `${seller.postcode} ${seller.city}`],
      [seller.phone, seller.email, seller.website],
      [`${this.word('register')}:`, seller.register, `${this.word('directors')}: ${seller.directors.join(', ')}`],
      [`${this.word('vat-id')} ${seller.vatId}`, `${this.word('tax-number')} ${seller.taxNumber}`],
      [seller.bank.name, spaced(seller.bank.iban), `BIC ${seller.bank.bic}`],
    ]
    const x = [0, 26, 56, 95, 128].map((offset) => left + mm(offset))
    for (let page = start; page < start + count; page++) {
      this.doc.switchToPage(page)
      const top = mm(297 - 29)
      this.rule(top)
      for (const [column, lines] of footer.entries())
        for (const [row, line] of lines.entries()) this.text(line, x[column]!, top + 7 + row * 9, { size: 6, color: quiet })
      this.text(this.say(said('invoice.page', { page: page + 1, total: count })), left, mm(297 - 14), {
        size: 7,
        color: quiet,
        width,
        align: 'right',
      })
    }
  }

  private word(which: 'register' | 'directors' | 'vat-id' | 'tax-number'): string {
    return this.say(said(`invoice.seller.${which}`))
  }
}

const spaced = (iban: string): string => iban.replace(/(.{4})(?=.)/g, '$1 ')
