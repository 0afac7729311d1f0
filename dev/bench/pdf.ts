// P4: finished invoices (PDF/A-3 with its XML, ten lines) per second beside bare pdfkit pages, on the same threads in the same run.
// `npm run bench -- pdf`, or by itself: `node --import tsx dev/bench/pdf.ts [--n 2000] [--threads 2] [--rounds 5]`
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { Worker } from 'node:worker_threads'
import { DOMParser } from '@xmldom/xmldom'
import { brokenRules, missing } from '../e-invoice-validator/validator'
import { interleaved, report } from './figures'
import type { Batch, Made } from './pdf-thread'

const keepEvery = 50

/** Prints the figures; throws when a document that was looked at breaks a rule. */
export async function benchPdf({ n = 2000, threads = 2, rounds = 5 } = {}): Promise<void> {
  const workers = Array.from({ length: threads }, () => new Worker(thread, { eval: true }))
  const kept: Made['kept'] = []
  const cpuMs = { invoices: 0, pages: 0 }
  const count = { invoices: 0, pages: 0 }
  let bytes = 0
  let from = 0
  const perSecond = async (what: Batch['what']): Promise<number> => {
    const share = Math.ceil(n / threads)
    const begun = performance.now()
    const cpu = process.cpuUsage()
    const made = await Promise.all(
      workers.map((worker, index) => ask(worker, { what, from: from + index * share, count: share, keepEvery })),
    )
    const seconds = (performance.now() - begun) / 1000
    const { user, system } = process.cpuUsage(cpu)
    cpuMs[what] += (user + system) / 1000
    count[what] += share * threads
    from += share * threads
    kept.push(...made.flatMap((one) => one.kept))
    if (what === 'invoices') bytes = made.reduce((sum, one) => sum + one.bytes, 0) / (share * threads)
    return (share * threads) / seconds
  }
  try {
    await perSecond('invoices') // fonts opened, code compiled
    Object.assign(cpuMs, { invoices: 0, pages: 0 })
    Object.assign(count, { invoices: 0, pages: 0 })
    const before = process.memoryUsage().rss
    const { pairs, ratio, load_before } = await interleaved(
      rounds,
      () => perSecond('invoices'),
      () => perSecond('pages'),
    )
    const grown = process.memoryUsage().rss - before
    report('pdf', ratio, {
      invoices_per_s: pairs.map(({ a }) => Math.round(a)),
      pages_per_s: pairs.map(({ b }) => Math.round(b)),
      ratios: pairs.map((pair) => pair.ratio),
      // of all threads, garbage collection included: what a busy machine can't blur
      cpu_ms_per_invoice: Math.round((100 * cpuMs.invoices) / count.invoices) / 100,
      cpu_ms_per_page: Math.round((100 * cpuMs.pages) / count.pages) / 100,
      bytes_per_invoice: Math.round(bytes),
      rss_grown_mb: Math.round(grown / 1e6),
      checked: check(kept),
      load_before,
      flags: { n, threads, rounds },
    })
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()))
  }
}

// Node 20 does not carry tsx into a thread by itself
const thread = `import('tsx/esm/api').then(({ register }) => {
  register()
  return import(${JSON.stringify(new URL('pdf-thread.ts', import.meta.url).href)})
})`

const ask = (worker: Worker, batch: Batch): Promise<Made> =>
  new Promise((resolve, reject) => {
    const told = (answer: { made: Made } | { error: string }) => {
      worker.off('error', reject)
      if ('made' in answer) resolve(answer.made)
      else reject(new Error(answer.error))
    }
    worker.once('error', reject)
    worker.once('message', told)
    worker.postMessage(batch)
  })

/** By the official rules where Java is; at least as a PDF and as well-formed XML. Answers what was done, for the report. */
function check(documents: Made['kept']): Record<string, unknown> {
  for (const { pdf, xml } of documents) {
    const text = Buffer.from(pdf).toString('latin1')
    const start = Number(/startxref\n(\d+)\n%%EOF\n$/.exec(text)?.[1])
    if (!text.startsWith('%PDF-1.7') || text.slice(start, start + 4) !== 'xref') throw new Error('A document is no PDF')
    const onError = (_level: string, message: string) => {
      throw new Error(message)
    }
    new DOMParser({ onError }).parseFromString(xml, 'text/xml')
  }
  const lacking = missing()
  if (lacking !== undefined) return { documents: documents.length, by: `structure only (${lacking})` }
  const dir = mkdtempSync(join(tmpdir(), 'kontor-bench-pdf-'))
  try {
    const files = documents.flatMap(({ pdf, xml }, index) => {
      const paths = [join(dir, `${index}.pdf`), join(dir, `${index}.xml`)] as const
      writeFileSync(paths[0], pdf)
      writeFileSync(paths[1], xml)
      return paths
    })
    for (const [file, rules] of brokenRules(files))
      for (const { rule, flag, words } of rules) if (flag === 'fatal') throw new Error(`${file} breaks ${rule}: ${words}`)
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
  return { documents: documents.length, by: 'veraPDF (PDF/A-3b), EN 16931, Factur-X, XRechnung' }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({ options: { n: { type: 'string' }, threads: { type: 'string' }, rounds: { type: 'string' } } })
  await benchPdf({ n: Number(values.n ?? 2000), threads: Number(values.threads ?? 2), rounds: Number(values.rounds ?? 5) })
}
