import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from '@jest/globals'
import { root } from '../../../dev/paths'
import { StatementRefused } from '../../../workflows/policy/bank-statement'
import { camt, debtor, house, schemaProblem } from './statement.fixture'
import { readStatements } from './statements'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const read = (xml: string) => readStatements(bytes(xml))
const refusal = async (content: Uint8Array | string): Promise<string> => {
  try {
    await readStatements(typeof content === 'string' ? bytes(content) : content)
    return 'taken'
  } catch (error) {
    if (error instanceof StatementRefused) return error.why
    throw error
  }
}

const aDay = camt({
  closing: '1151.50',
  entries: [
    {
      amount: '119.00',
      direction: 'CRDT',
      reference: 'B-1',
      payments: [
        {
          amount: '119.00',
          endToEndId: 'NOTPROVIDED',
          name: 'Käthe <Kollwitz> & Co',
          iban: debtor,
          purpose: 'Rechnung R-2026-000001',
        },
      ],
    },
    {
      amount: '70.00',
      direction: 'CRDT',
      reference: 'B-2',
      code: ['PMNT', 'IDDT', 'ESDD'],
      batch: 2,
      payments: [
        { amount: '30.00', endToEndId: 'E-1', mandateId: 'C-1-M1' },
        { amount: '40.00', endToEndId: 'E-2', mandateId: 'C-2-M1' },
      ],
    },
    {
      amount: '33.00',
      direction: 'DBIT',
      reference: 'B-3',
      code: ['PMNT', 'IDDT', 'UPDD'],
      payments: [
        {
          amount: '33.00',
          instructed: '30.00',
          charge: '3.00',
          endToEndId: 'E-1',
          mandateId: 'C-1-M1',
          iban: debtor,
          reason: 'AC04',
        },
      ],
    },
    { amount: '4.50', direction: 'DBIT', reference: 'B-4', code: ['ACMT', 'MDOP', 'CHRG'], text: 'Kontoführung' },
    { amount: '500.00', direction: 'CRDT', reference: 'B-5', status: 'PDNG', payments: [{ amount: '500.00' }] },
  ],
})

test('PAY-03 a day’s statement is read: single payments, the payments of a batch, a return with reason and fee, the bank’s own fee', async () => {
  expect(schemaProblem('camt.053.001.08', aDay)).toBeUndefined()
  const [statement] = await read(aDay)
  expect(statement).toMatchObject({
    format: 'camt.053',
    id: 'ST-2026-1',
    number: 1,
    iban: house,
    currency: 'EUR',
    opening: { amount: 100_000, on: '2026-11-20' },
    closing: { amount: 115_150, on: '2026-11-20' },
  })
  expect(
    statement?.entries.map(({ amount, booked, bankReference, lines }) => [bankReference, amount, booked, lines.length]),
  ).toEqual([
    ['B-1', 11_900, true, 1],
    ['B-2', 7_000, true, 2],
    ['B-3', -3_300, true, 1],
    ['B-4', -450, true, 1],
    ['B-5', 50_000, false, 1],
  ])
  const [transfer, batch, back, fee] = statement?.entries ?? []
  expect(transfer?.lines[0]).toEqual({
    amount: 11_900,
    name: 'Käthe <Kollwitz> & Co',
    iban: debtor,
    purpose: 'Rechnung R-2026-000001',
    charges: [],
  })
  expect(batch?.lines.map(({ endToEndId, amount }) => [endToEndId, amount])).toEqual([
    ['E-1', 3_000],
    ['E-2', 4_000],
  ])
  expect(back?.lines[0]).toMatchObject({
    amount: -3_300,
    endToEndId: 'E-1',
    iban: debtor,
    returned: { code: 'AC04' },
    charges: [{ amount: 300, included: true }],
  })
  expect(fee?.lines[0]).toMatchObject({ amount: -450, purpose: 'Kontoführung' })
})

test('a fee that the bank hides in a return is found in what was instructed', async () => {
  const [statement] = await read(
    camt({
      closing: '967.00',
      entries: [
        {
          amount: '33.00',
          direction: 'DBIT',
          code: ['PMNT', 'IDDT', 'UPDD'],
          payments: [{ amount: '33.00', instructed: '30.00', endToEndId: 'E-1', reason: 'AM04' }],
        },
      ],
    }),
  )
  expect(statement?.entries[0]?.lines[0]?.charges).toEqual([{ amount: 300, included: true }])
})

test('a notification tells the payments of a batch; a batch without them says how many they are', async () => {
  const notification = camt({
    message: 'camt.054',
    closing: '0',
    entries: [{ amount: '70.00', direction: 'CRDT', reference: 'B-2', payments: [{ amount: '30.00' }, { amount: '40.00' }] }],
  })
  expect(schemaProblem('camt.054.001.08', notification)).toBeUndefined()
  const [told] = await read(notification)
  expect(told).toMatchObject({
    format: 'camt.054',
    entries: [{ bankReference: 'B-2', lines: [{ amount: 3_000 }, { amount: 4_000 }] }],
  })
  const [bare] = await read(
    camt({ closing: '1070.00', entries: [{ amount: '70.00', direction: 'CRDT', batch: 2, text: 'Sammler' }] }),
  )
  expect(bare?.entries[0]).toMatchObject({ undetailed: 2, lines: [{ amount: 7_000, purpose: 'Sammler' }] })
})

test('the old version 02, with its state and names in other places, says the same', async () => {
  const xml = `<?xml version="1.0" encoding="ISO-8859-1"?>
<x:Document xmlns:x="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"><x:BkToCstmrStmt><x:GrpHdr><x:MsgId>m</x:MsgId><x:CreDtTm>2026-11-20T20:00:00</x:CreDtTm></x:GrpHdr>
<x:Stmt><x:Id>S</x:Id><x:ElctrncSeqNb>7</x:ElctrncSeqNb><x:CreDtTm>2026-11-20T20:00:00</x:CreDtTm><x:Acct><x:Id><x:IBAN>${house}</x:IBAN></x:Id><x:Ccy>EUR</x:Ccy></x:Acct>
<x:Bal><x:Tp><x:CdOrPrtry><x:Cd>PRCD</x:Cd></x:CdOrPrtry></x:Tp><x:Amt Ccy="EUR">5</x:Amt><x:CdtDbtInd>DBIT</x:CdtDbtInd><x:Dt><x:Dt>2026-11-19</x:Dt></x:Dt></x:Bal>
<x:Bal><x:Tp><x:CdOrPrtry><x:Cd>CLBD</x:Cd></x:CdOrPrtry></x:Tp><x:Amt Ccy="EUR">5.00</x:Amt><x:CdtDbtInd>CRDT</x:CdtDbtInd><x:Dt><x:Dt>2026-11-20</x:Dt></x:Dt></x:Bal>
<x:Ntry><x:Amt Ccy="EUR">10.0</x:Amt><x:CdtDbtInd>CRDT</x:CdtDbtInd><x:Sts>BOOK</x:Sts><x:BookgDt><x:Dt>2026-11-20</x:Dt></x:BookgDt><x:ValDt><x:Dt>2026-11-20</x:Dt></x:ValDt><x:BkTxCd><x:Prtry><x:Cd>NTRF+166</x:Cd></x:Prtry></x:BkTxCd>
<x:NtryDtls><x:TxDtls><x:Refs><x:EndToEndId>E-9</x:EndToEndId></x:Refs><x:RltdPties><x:Dbtr><x:Nm>M\u00fcller</x:Nm></x:Dbtr><x:DbtrAcct><x:Id><x:IBAN>${debtor}</x:IBAN></x:Id></x:DbtrAcct></x:RltdPties>
<x:RmtInf><x:Ustrd>Teil 1</x:Ustrd><x:Ustrd>Teil 2</x:Ustrd></x:RmtInf></x:TxDtls></x:NtryDtls></x:Ntry></x:Stmt></x:BkToCstmrStmt></x:Document>`
  expect(schemaProblem('camt.053.001.02', xml.replace('ISO-8859-1', 'UTF-8'))).toBeUndefined()
  const [statement] = await readStatements(Buffer.from(xml, 'latin1'))
  expect(statement).toMatchObject({ opening: { amount: -500 }, closing: { amount: 500 } })
  expect(statement?.entries[0]).toMatchObject({
    booked: true,
    code: 'NTRF+166',
    lines: [{ amount: 1_000, endToEndId: 'E-9', name: 'Müller', iban: debtor, purpose: 'Teil 1 Teil 2' }],
  })
})

test('sums that don’t add up are refused, with what is missing', async () => {
  const off = camt({ closing: '1100.00', entries: [{ amount: '99.99', direction: 'CRDT' }] })
  await expect(read(off)).rejects.toMatchObject({ why: 'sums', params: { amount: 1, currency: 'EUR' } })
  const parts = camt({
    closing: '1010.00',
    entries: [{ amount: '10.00', direction: 'CRDT', payments: [{ amount: '4.00' }, { amount: '5.00' }] }],
  })
  await expect(read(parts)).rejects.toMatchObject({ why: 'lines', params: { amount: 100 } })
})

test('S6 hostile statements are refused: entities, other people’s files, torn, zipped, absurd', async () => {
  const bomb = `<!DOCTYPE Document [<!ENTITY a "${'x'.repeat(1000)}"><!ENTITY b "${'&a;'.repeat(1000)}">]>`
  expect(await refusal(aDay.replace('<Document', `${bomb}<Document`).replace('Kontoführung', '&b;'))).toBe('doctype')
  expect(await refusal(aDay.replace('<Document', '<!DOCTYPE D SYSTEM "file:///etc/passwd"><Document'))).toBe('doctype')
  expect(await refusal(aDay.replace('Kontoführung', '&unknown;'))).toBe('not-xml')
  expect(await refusal(aDay.slice(0, -40))).toBe('not-xml')
  expect(await refusal(aDay.replace('camt.053.001.08', 'camt.052.001.08'))).toBe('format')
  expect(await refusal(aDay.replace('encoding="UTF-8"', 'encoding="UTF-7"'))).toBe('encoding')
  expect(await refusal(Buffer.from(aDay, 'latin1'))).toBe('encoding')
  expect(await refusal(Buffer.from(aDay, 'utf16le'))).toBe('encoding')
  expect(await refusal('')).toBe('empty')
  expect(await refusal('PK\u0003\u0004')).toBe('zip')
  expect(await refusal('<html></html>')).toBe('format')
  expect(await refusal('Datum;Betrag')).toBe('format')
  expect(await refusal(new Uint8Array(65 * 1024 * 1024).fill(60))).toBe('too-large')
  expect(await refusal(aDay.replaceAll(house, 'DE00120300000000202051'))).toBe('account')
  expect(await refusal(aDay.replace('>119.00<', '>1e9<'))).toBe('amount')
  expect(await refusal(aDay.replace('>119.00<', '>-119.00<'))).toBe('amount')
  expect(await refusal(aDay.replace('>119.00<', '>119.001<'))).toBe('amount')
  expect(await refusal(aDay.replace('Ccy="EUR">119.00', 'Ccy="XAU">119.00'))).toBe('currency')
  expect(await refusal(aDay.replace('<NtryDtls>', `${'<a>'.repeat(60)}${'</a>'.repeat(60)}<NtryDtls>`))).toBe('format')
  expect(await refusal(aDay.replace('Kontoführung', 'x'.repeat(50_000)))).toBe('format')
  expect(await refusal(aDay.replace('<NtryDtls>', `<NtryDtls>${'<a/>'.repeat(30_000)}`))).toBe('too-large')
})

test('50 MB of statement are read in bounded memory', async () => {
  const [before = '', after = ''] = camt({
    closing: '1000.00',
    entries: [{ amount: '0.00', direction: 'CRDT', text: 'HERE' }],
  }).split(/<Ntry>.*<\/Ntry>/s)
  const entry = /<Ntry>.*?<\/Ntry>/s.exec(aDay)?.[0] ?? ''
  const count = Math.floor((50 * 1024 * 1024) / entry.length)
  const closing = (1000 + 119 * count).toFixed(2)
  const at = before.lastIndexOf('1000.00')
  const xml = Buffer.from(before.slice(0, at) + closing + before.slice(at + 7) + entry.repeat(count) + after)
  expect(xml.length).toBeGreaterThan(48 * 1024 * 1024)
  // a process of its own, whose heap is bounded: what it takes here depends on what ran before
  const dir = mkdtempSync(join(tmpdir(), 'camt-'))
  const file = join(dir, 'statement.xml')
  writeFileSync(file, xml)
  const reading = `import { readFileSync } from 'node:fs'
    import { readStatements } from '${join(root, 'activities/adapters/sepa/statements.ts')}'
    const [statement] = await readStatements(readFileSync('${file}'))
    console.log(statement.entries.length)`
  const bounded = ['--max-old-space-size=256', '--import', 'tsx', '--input-type=module', '-e', reading]
  try {
    const { NODE_OPTIONS: _, ...env } = process.env
    const { stdout } = await promisify(execFile)(process.execPath, bounded, { cwd: root, env })
    expect(Number(stdout)).toBe(count)
  } finally {
    rmSync(dir, { recursive: true })
  }
}, 120_000)
