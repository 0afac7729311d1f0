import { createRequire } from 'node:module'
import { countryName } from '../../../workflows/policy/countries'
import { vatInEuro, vatTotals, type IssuedDocument, type ReminderTerms } from '../../../workflows/policy/document'
import { showMoney } from '../../../workflows/policy/money'
import { toULabel } from '../../../workflows/policy/names'
import { said } from '../../../workflows/policy/said'
import { showDay, showRate, speaker } from '../../../workflows/policy/words/words'
import { eInvoiceXml, oneLine, paymentSentence } from './e-invoice'
import { pdfMetadata, profiles } from './factur-x'
import { Paper } from './paper'
import { brokenToFit } from './paragraph'
import { Typeface } from './typeface'

const require = createRequire(import.meta.url)

/** What nearly every letter needs: then the font is cut out and deflated once and for all. */
const ascii = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index)).join('')
const western = 'ÄÖÜäöüßÀÁÂÃÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕØÙÚÛÝàáâãåæçèéêëìíîïñòóôõøùúûýÿŠšŽžŁłŒœ§©®°·×–—‘’‚“”„…€□'

/** Inter (OFL 1.1), opened once; each document embeds the glyphs it uses, as PDF/A wants it. */
let faces: { regular: Typeface; strong: Typeface } | undefined
const loadFaces = () =>
  (faces ??= {
    regular: new Typeface(require.resolve('@expo-google-fonts/inter/400Regular/Inter_400Regular.ttf'), ascii + western),
    strong: new Typeface(require.resolve('@expo-google-fonts/inter/600SemiBold/Inter_600SemiBold.ttf'), `${ascii}ÄÖÜäöüß·–…€□`),
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
 * A document as a letter (DIN 5008 form B), PDF/A-3b; an invoice and its corrections with their EN 16931 XML inside (Factur-X 1.0 / ZUGFeRD 2), a
 * reminder without: it is no invoice, its `xml` is empty. The same document always gives the same bytes. A millisecond of processor for ten
 * lines (dev/bench/pdf.ts).
 */
export function typeset(document: IssuedDocument): Promise<{ pdf: Uint8Array; xml: string }> {
  const profile =
    document.kind === 'reminder' ? undefined : document.data.buyer.reference === undefined ? 'EN 16931' : ('XRECHNUNG' as const)
  const xml = profile === undefined ? '' : eInvoiceXml(document)
  const { regular, strong } = loadFaces()
  const paper = new Paper([regular, strong])
  const letter = new Letter(paper, document, regular, strong)
  letter.write()
  const title = oneLine(`${letter.title}, ${document.data.seller.name}`)
  const author = oneLine(document.data.seller.name)
  const made = new Date(`${document.issuedOn}T12:00:00Z`)
  const pdf = paper.bytes({
    title,
    author,
    language: document.language === 'de' ? 'de-DE' : 'en-GB',
    made,
    metadata: pdfMetadata({ title, author, made, ...(profile === undefined ? {} : { profile }) }),
    ...(profile === undefined
      ? {}
      : {
          attachment: {
            name: profiles[profile].file,
            type: 'text/xml',
            description: profiles[profile].description,
            content: new TextEncoder().encode(xml),
          },
        }),
  })
  return Promise.resolve({ pdf, xml })
}

interface Style {
  size?: number
  font?: 'regular' | 'strong'
  color?: string
  /** figures of one width, for columns */
  tabular?: boolean
  align?: 'left' | 'right'
}

const gable = [
  [0.22, 0.78],
  [0.22, 0.45],
  [0.5, 0.2],
  [0.78, 0.45],
  [0.78, 0.78],
  [0.6, 0.78],
  [0.6, 0.56],
  [0.4, 0.56],
  [0.4, 0.78],
] as const

class Letter {
  readonly title: string
  private readonly say: ReturnType<typeof speaker>
  private y = 0

  constructor(
    private readonly paper: Paper,
    private readonly document: IssuedDocument,
    private readonly regular: Typeface,
    private readonly strong: Typeface,
  ) {
    this.say = speaker(document.language)
    const { kind, data, number } = document
    this.title = `${this.say(said(kind === 'reminder' ? `reminder.title.${data.reminder?.letter}` : `${kind}.title`))} ${number}`
  }

  write(): void {
    this.letterhead()
    this.address()
    this.facts()
    this.opening()
    if (this.document.data.reminder) this.claims(this.document.data.reminder)
    else {
      this.lines()
      this.totals()
      this.closing()
    }
    this.everyPage()
  }

  private money(amount: number): string {
    return showMoney({ amount, currency: this.document.currency }, this.document.language)
  }

  private day(day: string): string {
    return showDay(day, this.document.language)
  }

  private canDraw(text: string): boolean {
    return Array.from(text).every((character) => this.regular.has(character.codePointAt(0) ?? 0))
  }

  /** One line, however long it is. */
  private text(
    content: string,
    x: number,
    y: number,
    { size = 9, font = 'regular', color = ink, tabular = false, align = 'left', width = 0 }: Style & { width?: number } = {},
  ): void {
    const face = this[font]
    const run = face.shape(visible(content), tabular)
    const start = align === 'right' ? x + width - (run.width * size) / 1000 : x
    this.paper.text(run, face, start, y, size, color)
  }

  /** Text in a column, broken where it must be, at most so many lines; answers its height. */
  private block(content: string, x: number, y: number, columnWidth: number, style: Style & { lines?: number } = {}): number {
    const { size = 9, lines = 2, font = 'regular' } = style
    const broken = brokenToFit(visible(content), this[font], (columnWidth * 1000) / size, lines)
    for (const [index, line] of broken.entries())
      this.text(line, x, y + index * this.leading(size), { ...style, width: columnWidth })
    return broken.length * this.leading(size)
  }

  /** How high a block of this text is. */
  private height(content: string, columnWidth: number, { size = 9, lines = 2 } = {}): number {
    return brokenToFit(visible(content), this.regular, (columnWidth * 1000) / size, lines).length * this.leading(size)
  }

  private leading(size: number): number {
    return (this.regular.lineHeight / 1000 + 0.3) * size
  }

  private rule(y: number, color = hairline, thickness = 0.6, from = left, to = right): void {
    this.paper.rule(from, to, y, thickness, color)
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
    this.paper.roundedBox(x, y, size, size, size * 0.2, accent)
    this.paper.polygon(
      gable.map(([dx, dy]) => [x + dx * size, y + dy * size] as const),
      '#ffffff',
    )
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
    const first = supplied[0] ?? data.payment?.on ?? issuedOn
    const last = supplied.at(-1) ?? first
    const supply = first === last ? this.day(first) : `${this.day(first)} – ${this.day(last)}`
    const rows: [string, string][] = [
      [this.say(said(`${kind}.number`)), number],
      [this.say(said(`${kind}.issued-on`)), this.day(issuedOn)],
      kind === 'reminder'
        ? [this.say(said('reminder.pay-by')), this.day(data.reminder?.payBy ?? issuedOn)]
        : [this.say(said('invoice.supplied-on')), supply],
      [this.say(said('invoice.customer-number')), data.buyer.number],
      ...(data.order ? [[this.say(said('invoice.order')), data.order.id] as [string, string]] : []),
      ...(data.dueOn === undefined ? [] : [[this.say(said('invoice.due-on')), this.day(data.dueOn)] as [string, string]]),
      ...(data.buyer.reference === undefined
        ? []
        : [[this.say(said('invoice.buyer-reference')), data.buyer.reference] as [string, string]]),
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
    const { kind } = this.document
    if (corrects) {
      const about = { number: corrects.number, at: corrects.issuedOn }
      this.y += this.block(
        this.say(said(kind === 'cancellation' ? 'cancellation.corrects' : 'credit-note.corrects', about)),
        ...([left, this.y, width] as const),
      )
    }
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
    this.paper.addPage()
    this.mark(left, mm(14), 14)
    this.text(`${this.title} · ${this.document.data.seller.name}`, left + 22, mm(14) + 2.5, { size: 8, color: quiet })
    this.y = mm(28)
  }

  private lines(): void {
    const { lines, data, language } = this.document
    this.tableHead()
    for (const line of lines) {
      const term = data.lines.find(({ position }) => position === line.position)
      const name = term?.name
      const shownName = name === undefined ? undefined : toULabel(name)
      // a name in a script that the font lacks is shown as the registry holds it
      const text = name && shownName && !this.canDraw(shownName) ? line.text.replaceAll(shownName, name) : line.text
      const textColumn = columns[1]
      const height = this.height(text, textColumn.width, { lines: 4 })
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
          this.text(cell, x, this.y, { width: columnWidth, align, tabular: true, color: index === 0 ? quiet : ink })
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
      this.text(this.money(amount), x, this.y, { ...style, width: right - x, align: 'right', tabular: true })
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
      ...this.inEuro(),
      ...(kind === 'invoice' && data.lines.some(({ from }) => from === undefined)
        ? [this.say(said('invoice.supplied-is-issued'))]
        : []),
      ...(kind === 'invoice' ? [this.say(said('invoice.e-invoice'))] : []),
    ]
    if (this.y + 40 + notes.length * 26 > bottom) this.newPage()
    this.box(paymentSentence(this.document))
    for (const line of notes)
      this.y += this.block(line, left, this.y, width, { size: 8, lines: 4, color: line === note ? ink : quiet }) + 5
  }

  /** VAT in euros where the invoice is in another currency: by the last rate that the European Central Bank had published. */
  private inEuro(): string[] {
    const { exchange, currency, language } = this.document
    const vat = vatInEuro(this.document)
    if (!exchange || vat === undefined) return []
    const rate = (exchange.rate / 1_000_000).toLocaleString(language === 'de' ? 'de-DE' : 'en-GB', { minimumFractionDigits: 4 })
    return [this.say(said('invoice.exchange', { amount: vat, currency: 'EUR', text: `${rate} ${currency}`, on: exchange.day }))]
  }

  /** The sentence about the money. Green and ticked is only what has been paid. */
  private box(sentence: string): void {
    const done = this.document.kind === 'invoice' && this.document.data.payment !== undefined
    const [color, ground] = done ? [paid, '#eaf4ee'] : [accent, '#edf2f9']
    const inset = done ? 30 : 14
    const columnWidth = width - inset - 12
    const height = this.height(sentence, columnWidth, { size: 9.5, lines: 5 })
    this.paper.roundedBox(left, this.y, width, height + 18, 4, ground)
    if (done) this.tick(left + 12, this.y + 9, color)
    this.block(sentence, left + inset, this.y + 9, columnWidth, { size: 9.5, color, lines: 5 })
    this.y += height + 32
  }

  // ───────────────────────────── a reminder ─────────────────────────────

  private claims({ letter, invoices, fees, interest }: ReminderTerms): void {
    const { currency, language, gross, issuedOn } = this.document
    this.y += this.block(this.say(said('reminder.greeting')), left, this.y, width) + 4
    this.y += this.block(this.say(said(`reminder.opening.${letter}`)), left, this.y, width, { lines: 5 }) + 14
    const head = (): void => {
      const titles = [
        { word: 'reminder.invoice', x: left, align: 'left' },
        { word: 'reminder.due', x: left + mm(80), align: 'left' },
        { word: 'reminder.open', x: right - mm(40), align: 'right' },
      ] as const
      for (const { word, x, align } of titles)
        this.text(this.say(said(word)), x, this.y, { size: 7.5, color: quiet, width: mm(40), align })
      this.y += 14
      this.rule(this.y, ink, 0.8)
      this.y += 7
    }
    const row = (text: string, amount: number, due = '', strong = false): void => {
      if (this.y + 40 > bottom) {
        this.newPage()
        head()
      }
      const style = { size: strong ? 11 : 9, font: strong ? 'strong' : 'regular' } as const
      this.text(text, left, this.y, style)
      this.text(due, left + mm(80), this.y, style)
      const sum = showMoney({ amount, currency }, language)
      this.text(sum, right - mm(40), this.y, { ...style, width: mm(40), align: 'right', tabular: true })
      this.y += 14
      if (strong) return
      this.rule(this.y)
      this.y += 6
    }
    head()
    for (const { number, issuedOn: at, dueOn, open } of invoices)
      row(this.say(said('reminder.invoice-of', { number, at })), open, this.day(dueOn))
    if (fees > 0) row(this.say(said('reminder.fees')), fees)
    if (interest > 0) row(this.say(said('reminder.interest', { on: issuedOn })), interest)
    this.rule(this.y - 6, ink, 0.8)
    this.y += 4
    row(this.say(said('reminder.total')), gross, '', true)
    this.y += 16
    if (this.y + 90 > bottom) this.newPage()
    this.box(paymentSentence(this.document))
    this.block(this.say(said('reminder.no-tax')), left, this.y, width, { size: 8, lines: 4, color: quiet })
  }

  private tick(x: number, y: number, color: string): void {
    const corners = [
      [x, y + 5.5],
      [x + 3.5, y + 9],
      [x + 10, y + 1.5],
    ] as const
    this.paper.stroke(corners, 1.6, color)
  }

  // ───────────────────────────── every page ─────────────────────────────

  private everyPage(): void {
    const { seller } = this.document.data
    const total = this.paper.pageCount
    const footer: string[][] = [
      [seller.name, seller.street, `${seller.postcode} ${seller.city}`],
      [seller.phone, seller.email, seller.website],
      [`${this.word('register')}:`, seller.register, `${this.word('directors')}: ${seller.directors.join(', ')}`],
      [`${this.word('vat-id')} ${seller.vatId}`, `${this.word('tax-number')} ${seller.taxNumber}`],
      [seller.bank.name, spaced(seller.bank.iban), `BIC ${seller.bank.bic}`],
    ]
    const x = [0, 26, 56, 95, 128].map((offset) => left + mm(offset))
    for (let page = 0; page < total; page++) {
      this.paper.turnTo(page)
      const top = mm(297 - 29)
      this.rule(top)
      for (const [column, lines] of footer.entries())
        for (const [row, line] of lines.entries()) this.text(line, x[column]!, top + 7 + row * 9, { size: 6, color: quiet })
      this.text(this.say(said('invoice.page', { page: page + 1, total })), left, mm(297 - 14), {
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

/** No control characters, no line breaks, letters with their accents in one piece as the font has them. */
const visible = (text: string): string => text.normalize('NFC').replace(/[\p{C}\p{Zl}\p{Zp}\s]+/gu, ' ')
