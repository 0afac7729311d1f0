// One thread of the PDF bench: finished invoices of ten lines, or bare pdfkit pages with ten lines of text.
import { parentPort } from 'node:worker_threads'
import PDFDocument from 'pdfkit'
import { anIssuedDocument } from '../../activities/adapters/pdf/document.fixture'
import { typeset } from '../../activities/adapters/pdf/typeset'
import type { IssuedDocument } from '../../workflows/policy/document'

export interface Batch {
  what: 'invoices' | 'pages'
  /** number of the first one */
  from: number
  count: number
  /** keeps every so manieth document for the validators */
  keepEvery: number
}

export interface Made {
  kept: { pdf: Uint8Array; xml: string }[]
  bytes: number
}

const lines = Array.from({ length: 10 }, (_, line) => line)

const pattern = anIssuedDocument({ names: lines.map((line) => `beispiel-${line}.de`) })

/** No two alike: number, customer and names differ, as in a billing run. */
function invoice(index: number): IssuedDocument {
  const { data } = pattern
  const nameOf = (position: number) => `beispiel-${index}-${position}.de`
  const buyer = { ...data.buyer, number: `C-${10_000 + index}`, name: `Jörg Müller ${index}`, street: `Große Straße ${index}` }
  return {
    ...pattern,
    id: `d${index}`,
    number: `R-2026-${String(index).padStart(6, '0')}`,
    lines: pattern.lines.map((line) => ({ ...line, text: `Domainname ${nameOf(line.position)}, Registrierung für 1 Jahr` })),
    data: { ...data, buyer, lines: data.lines.map((line) => ({ ...line, name: nameOf(line.position) })) },
  }
}

const page = (index: number): Promise<number> =>
  new Promise((resolve, reject) => {
    const doc = new PDFDocument({ size: 'A4' })
    let bytes = 0
    doc.on('data', (chunk: Uint8Array) => (bytes += chunk.length))
    doc.on('end', () => resolve(bytes))
    doc.on('error', reject)
    for (const line of lines) doc.text(`${line + 1}  Domainname beispiel-${index}-${line}.de, Registrierung für 1 Jahr  9,99`)
    doc.end()
  })

async function make({ what, from, count, keepEvery }: Batch): Promise<Made> {
  const kept: Made['kept'] = []
  let bytes = 0
  for (let index = from; index < from + count; index += 1) {
    if (what === 'pages') {
      bytes += await page(index)
      continue
    }
    const made = await typeset(invoice(index))
    bytes += made.pdf.length
    if (index % keepEvery === 0) kept.push(made)
  }
  return { kept, bytes }
}

parentPort?.on('message', (batch: Batch) => {
  make(batch).then(
    (made) => parentPort?.postMessage({ made }),
    (error: unknown) => parentPort?.postMessage({ error: String(error) }),
  )
})
