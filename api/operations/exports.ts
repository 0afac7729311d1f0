/** Documents and postings of a period as a file (INV-05): CSV, or what DATEV's programs take in. What was once given away stays what it was. */
import { createHash, randomUUID } from 'node:crypto'
import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'
import { z } from 'zod'
import { Prisma } from '../../prisma/client/client'
import { houseDay } from '../../workflows/policy/calendar'
import { datevPolicies, type DatevPolicy } from '../../workflows/policy/datev'
import { heldOn } from '../../workflows/policy/dated'
import { said } from '../../workflows/policy/said'
import type { Context, RecordAccess } from './context'
import { present } from './customer-view'
import type { ChartName, ExportKind, ExportOperations, ExportRow } from './document-types'
import { datevText, documentsText, postingsText, type TextPart } from './export-text'
import { id, listInput } from './input'
import { pageOf, pageWanted } from './list'
import { defineOperation } from './operation'
import { Invalid, NotFound } from './problems'
import type { Principal } from './types'

const desk = { section: 'books', who: ['staff'] } as const
const day = z.iso.date({ error: 'field.format' })
const zip = promisify(gzip)
const unzip = promisify(gunzip)

/** A year of a large house takes some minutes. */
const patient = { maxWait: 10_000, timeout: 600_000, isolationLevel: Prisma.TransactionIsolationLevel.RepeatableRead }

export const exports = {
  list: defineOperation({
    ...desk,
    name: 'exports.list',
    summary: 'The files that were made, newest first.',
    right: 'see',
    input: listInput,
    rest: { method: 'get', path: '/exports' },
    async run(ctx, _, input): ReturnType<ExportOperations['list']> {
      const wanted = pageWanted(input)
      const { rows, total } = await ctx.record(async (record) => ({
        rows: await record.export.findMany({
          orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
          skip: wanted.skip,
          take: wanted.take,
        }),
        total: await record.export.count(),
      }))
      const people = await ctx.prisma.user.findMany({
        where: { id: { in: rows.map(({ createdBy }) => createdBy) } },
        select: { id: true, displayName: true },
      })
      return pageOf(
        rows.map((row): ExportRow => ({
          ...{ id: row.id, kind: row.kind as ExportKind, rows: row.rows, bytes: row.bytes, digest: row.digest },
          ...{ from: columnDay(row.from), until: columnDay(row.until), createdAt: row.createdAt.toISOString() },
          createdBy: people.find((one) => one.id === row.createdBy)?.displayName ?? '',
          ...present({ chart: row.chart === '' ? undefined : (row.chart as ChartName) }),
        })),
        total,
        wanted,
      )
    },
  }),

  create: defineOperation({
    ...desk,
    name: 'exports.create',
    summary: 'Makes the file of a period that is over; asked for again it is the same file. `datev`: within one year, EXTF 700.',
    right: 'edit',
    audit: true,
    input: z.object({
      kind: z.enum(['documents', 'postings', 'datev']),
      from: day,
      until: day,
      chart: z.enum(['skr03', 'skr04']).optional(),
    }),
    rest: { method: 'post', path: '/exports' },
    async run(ctx, principal, { kind, from, until, chart = 'skr03' }): ReturnType<ExportOperations['create']> {
      if (until < from) throw new Invalid({ until: said('export.order') })
      // what is not over still changes, and what was given away must not
      if (until >= houseDay(ctx.now().toISOString())) throw new Invalid({ until: said('export.not-over') })
      if (kind === 'datev' && from.slice(0, 4) !== until.slice(0, 4)) throw new Invalid({ until: said('export.one-year') })
      const key = { kind, chart: kind === 'datev' ? chart : '', from: new Date(from), until: new Date(until) }
      const find = () =>
        ctx.record((record) => record.export.findUnique({ where: { kind_chart_from_until: key }, select: { id: true } }))
      const before = await find()
      if (before) return { kind: 'known', exportId: before.id }
      try {
        const exportId = await make(ctx, principal, { kind, chart, from, until }, key)
        return { kind: 'made', exportId }
      } catch (error) {
        // somebody else was at the same
        if (!(error instanceof Prisma.PrismaClientKnownRequestError) || error.code !== 'P2002') throw error
        const theirs = await find()
        if (!theirs) throw error
        return { kind: 'known', exportId: theirs.id }
      }
    },
  }),

  file: defineOperation({
    ...desk,
    name: 'exports.file',
    summary: 'The file: CSV (RFC 4180, UTF-8) or a Buchungsstapel of DATEV (Windows-1252).',
    right: 'see',
    input: z.object({ exportId: id }),
    rest: { method: 'get', path: '/exports/{exportId}/file' },
    async run(ctx, _, { exportId }): ReturnType<ExportOperations['file']> {
      const row = await ctx.record((record) => record.export.findUnique({ where: { id: exportId } }))
      if (!row) throw new NotFound()
      const period = `${columnDay(row.from)}_${columnDay(row.until)}`
      return {
        filename: row.kind === 'datev' ? `EXTF_Buchungsstapel_${row.chart}_${period}.csv` : `${row.kind}_${period}.csv`,
        contentType: row.kind === 'datev' ? 'text/csv; charset=windows-1252' : 'text/csv; charset=utf-8',
        content: partsOf(ctx, exportId),
      }
    },
  }),
}

/** One part at a time is in memory. */
async function* partsOf(ctx: Context, exportId: string): AsyncGenerator<Uint8Array> {
  for (let position = 1; ; position += 1) {
    const part = await ctx.record((record) =>
      record.exportPart.findUnique({ where: { exportId_position: { exportId, position } } }),
    )
    if (!part) return
    yield await unzip(part.content)
  }
}

/** All that the period holds, seen at one moment; written part by part. */
const make = (
  ctx: Context,
  principal: Principal,
  asked: { kind: ExportKind; chart: ChartName; from: string; until: string },
  key: { kind: string; chart: string; from: Date; until: Date },
): Promise<string> =>
  ctx.prisma.$transaction(async (record) => {
    await record.$executeRaw`select set_config('role', 'kontor_api', true), set_config('kontor.staff', 'on', true)`
    const exportId = randomUUID()
    const digest = createHash('sha256')
    let [rows, bytes, position] = [0, 0, 0]
    const createdAt = ctx.now()
    for await (const part of textOf(record, asked, createdAt)) {
      digest.update(part.content)
      bytes += part.content.length
      rows += part.rows
      position += 1
      await record.exportPart.createMany({ data: [{ exportId, position, content: new Uint8Array(await zip(part.content)) }] })
    }
    await record.export.createMany({
      data: [{ id: exportId, ...key, rows, bytes, digest: digest.digest('hex'), createdBy: principal.userId ?? '', createdAt }],
    })
    return exportId
  }, patient)

async function* textOf(
  record: RecordAccess,
  { kind, chart, from, until }: { kind: ExportKind; chart: ChartName; from: string; until: string },
  createdAt: Date,
): AsyncGenerator<TextPart> {
  if (kind === 'documents') yield* documentsText(record, { from, until })
  else if (kind === 'postings') yield* postingsText(record, { from, until })
  else
    yield* datevText(record, {
      from,
      until,
      chart,
      policy: await datevPolicyOn(record, until),
      createdAt: createdAt.toISOString(),
    })
}

/** The house's own row goes before what the code brings. */
async function datevPolicyOn(record: RecordAccess, on: string): Promise<DatevPolicy> {
  const row = await record.policy.findFirst({
    where: { kind: 'datev', validFrom: { lte: new Date(on) } },
    orderBy: { validFrom: 'desc' },
  })
  if (row) return { ...(row.data as unknown as DatevPolicy), version: row.version }
  const built = heldOn(on, datevPolicies, ({ version }) => version) ?? datevPolicies[0]
  if (!built) throw new RangeError('There is no policy for DATEV')
  return built
}

const columnDay = (date: Date): string => date.toISOString().slice(0, 10)
