/** The demo counterparties' own pages: what they hold, and how a tester makes them misbehave. Only where SANDBOX_URL is set. */
import { z } from 'zod'
import type { Context } from './context'
import { listInput } from './input'
import { pageOf, pageWanted } from './list'
import { defineOperation } from './operation'
import { NotFound } from './problems'
import type { SandboxHouse } from './sandbox-house'
import type { Operations, SandboxBankView, SandboxRegistryView } from './types'

const everybody = ['visitor', 'customer', 'staff'] as const
const open = { section: null, who: everybody } as const
const mailId = z.uuid()
const registryId = z.string().regex(/^[a-z0-9][a-z0-9-]{0,40}$/)
const mailbox = '/mailbox'
const bankPath = '/bank'
const lettersPath = '/letters'
const registry = '/registry/registries'

function house(ctx: Context): SandboxHouse {
  if (!ctx.sandbox) throw new NotFound()
  return ctx.sandbox
}

async function read<T>(ctx: Context, path: string): Promise<T> {
  const answer = await house(ctx).get(path)
  if (!answer) throw new NotFound()
  return (await answer.json()) as T
}

interface MailSummary {
  id: string
  at: string
  to: string[]
  subject: string
  attachments: number
}
interface KeptMail extends Omit<MailSummary, 'attachments'> {
  from: string
  text: string
  html: string
  attachments: { filename: string; contentType: string; size: number }[]
}
interface RegistryState {
  id: string
  tlds: string[]
  behaviour: { slowMs: number; drop?: { count: number }; answer?: { code: number; count?: number }; down: boolean }
  counts: { domains: number; contacts: number; hosts: number; messages: number }
  sessions: unknown[]
}
interface HeldName {
  name: string
  clientId: string
  createdAt: string
  expiresOn: string
  statuses: string[]
}

interface LettersState {
  letters: {
    reference: string
    recipient: { name: string; street: string; postcode: string; city: string; country: string }
    pages: number
    price: number
    progress: 'queued' | 'printed' | 'sent' | 'undeliverable'
    takenAt: string
  }[]
}

interface BankState {
  iban: string
  today: string
  balance: number
  movements: {
    reference: string
    on: string
    amount: number
    kind: 'transfer' | 'collection' | 'return'
    payments: { name: string; purpose: string; reason?: string }[]
  }[]
  waiting: SandboxBankView['waiting']
  files: SandboxBankView['files']
  accounts: SandboxBankView['accounts']
}

export const sandbox = {
  mails: defineOperation({
    ...open,
    name: 'sandbox.mails',
    summary: 'Every mail that went out, newest first. `q`: a recipient.',
    right: 'see',
    input: listInput,
    rest: { method: 'get', path: '/sandbox/mails' },
    async run(ctx, _, input): ReturnType<Operations['sandbox']['mails']> {
      const wanted = pageWanted(input)
      const query = new URLSearchParams({
        offset: String(wanted.skip),
        limit: String(wanted.take),
        ...(input.q ? { to: input.q } : {}),
      })
      const { mails, total } = await read<{ mails: MailSummary[]; total: number }>(ctx, `${mailbox}/mails?${query}`)
      return pageOf(
        mails.map(({ id, at, to, subject, attachments }) => ({
          id,
          at,
          to: to.join(', '),
          subject,
          // the list of the mailbox counts them; their names come with the mail
          attachments: Array.from({ length: attachments }, (_none, index) => String(index + 1)),
        })),
        total,
        wanted,
      )
    },
  }),

  mail: defineOperation({
    ...open,
    name: 'sandbox.mail',
    summary: 'One mail.',
    right: 'see',
    input: z.object({ id: mailId }),
    rest: { method: 'get', path: '/sandbox/mails/{id}' },
    async run(ctx, _, { id }): ReturnType<Operations['sandbox']['mail']> {
      const { at, from, to, subject, text, html, attachments } = await read<KeptMail>(ctx, `${mailbox}/mails/${id}`)
      return {
        id,
        at,
        from,
        to: to.join(', '),
        subject,
        text,
        html,
        attachments: attachments.map(({ filename, contentType, size }) => ({ filename, contentType, size })),
      }
    },
  }),

  attachment: defineOperation({
    ...open,
    name: 'sandbox.attachment',
    summary: 'One attachment of a mail.',
    right: 'see',
    input: z.object({ id: mailId, index: z.coerce.number().int().min(0).max(1000) }),
    rest: { method: 'get', path: '/sandbox/mails/{id}/attachments/{index}' },
    async run(ctx, _, { id, index }): ReturnType<Operations['sandbox']['attachment']> {
      const { attachments } = await read<KeptMail>(ctx, `${mailbox}/mails/${id}`)
      const about = attachments[index]
      const answer = about && (await house(ctx).get(`${mailbox}/mails/${id}/attachments/${index}`))
      if (!about || !answer) throw new NotFound()
      return {
        filename: about.filename,
        contentType: answer.headers.get('content-type') ?? 'application/octet-stream',
        content: new Uint8Array(await answer.arrayBuffer()),
      }
    },
  }),

  registries: defineOperation({
    ...open,
    name: 'sandbox.registries',
    summary: 'The sandbox registries and what they hold. `q`: part of a name.',
    right: 'see',
    input: listInput.extend({ registryId: registryId.optional() }),
    rest: { method: 'get', path: '/sandbox/registries' },
    async run(ctx, _, { registryId, ...input }): Promise<SandboxRegistryView[]> {
      const wanted = pageWanted(input)
      const states = await read<RegistryState[]>(ctx, registry)
      const chosen = states.filter((state) => registryId === undefined || state.id === registryId)
      if (registryId !== undefined && chosen.length === 0) throw new NotFound()
      const query = new URLSearchParams({
        offset: String(wanted.skip),
        limit: String(wanted.take),
        ...(input.q ? { q: input.q } : {}),
      })
      return await Promise.all(
        chosen.map(async (state): Promise<SandboxRegistryView> => {
          const at = `${registry}/${state.id}/domains`
          const [names, pending] = await Promise.all([
            read<{ items: HeldName[] }>(ctx, `${at}?${query}`),
            read<{ items: HeldName[] }>(ctx, `${at}?pending=true&limit=200`),
          ])
          const { behaviour, counts } = state
          return {
            id: state.id,
            tlds: state.tlds,
            up: !behaviour.down,
            slowMs: behaviour.slowMs,
            dropAfterActing: behaviour.drop?.count ?? 0,
            // an order without a count holds until it is taken back
            ...(behaviour.answer ? { answering: { code: behaviour.answer.code, times: behaviour.answer.count ?? 0 } } : {}),
            sessions: state.sessions.length,
            queue: counts.messages,
            counts: { names: counts.domains, contacts: counts.contacts, hosts: counts.hosts },
            pending: pending.items.map(({ name, createdAt }) => ({ name, since: createdAt })),
            names: names.items.map(({ name, clientId, createdAt, expiresOn, statuses }) => ({
              name,
              client: clientId,
              createdAt,
              expiresOn,
              statuses,
            })),
          }
        }),
      )
    },
  }),

  registryBehaviour: defineOperation({
    ...open,
    name: 'sandbox.registryBehaviour',
    summary: 'Make a sandbox registry slow, drop connections after acting, answer 2400 or 2502, or go down.',
    right: 'edit',
    input: z.object({
      registryId,
      slowMs: z.coerce.number().int().min(0).max(600_000).optional(),
      dropAfterActing: z.coerce.number().int().min(0).max(1000).optional(),
      answer: z
        .object({ code: z.union([z.literal(2400), z.literal(2502)]), times: z.coerce.number().int().min(1).max(1000) })
        .optional(),
      down: z.boolean().optional(),
      clear: z.boolean().optional(),
    }),
    rest: { method: 'post', path: '/sandbox/registries/{registryId}/behaviour' },
    audit: true,
    async run(ctx, _, { registryId, slowMs, dropAfterActing, answer, down, clear }): Promise<void> {
      const at = `${registry}/${registryId}`
      if (clear) return await house(ctx).send('POST', `${at}/calm`, {})
      await house(ctx).send('PATCH', `${at}/behaviour`, {
        ...(slowMs === undefined ? {} : { slowMs }),
        ...(dropAfterActing === undefined ? {} : { drop: dropAfterActing > 0 ? { count: dropAfterActing } : null }),
        ...(answer === undefined ? {} : { answer: { code: answer.code, count: answer.times } }),
        ...(down === undefined ? {} : { down }),
      })
    },
  }),

  decidePending: defineOperation({
    ...open,
    name: 'sandbox.decidePending',
    summary: 'Let a sandbox registry decide a pending create now.',
    right: 'edit',
    input: z.object({ registryId, name: z.string().regex(/^[a-z0-9.-]{3,253}$/), approve: z.boolean() }),
    rest: { method: 'post', path: '/sandbox/registries/{registryId}/pending/{name}' },
    audit: true,
    run: (ctx, _, { registryId, name, approve }): Promise<void> =>
      house(ctx).send('POST', `${registry}/${registryId}/pending/${name}`, { decision: approve ? 'approve' : 'refuse' }),
  }),

  bank: defineOperation({
    ...open,
    name: 'sandbox.bank',
    summary: 'The sandbox bank: its day, the house’s account, what moved on it, what waits.',
    right: 'see',
    input: z.undefined().optional(),
    rest: { method: 'get', path: '/sandbox/bank' },
    async run(ctx): Promise<SandboxBankView> {
      const { iban, today, balance, movements, waiting, files, accounts } = await read<BankState>(ctx, `${bankPath}/state`)
      return {
        ...{ iban, today, balance, waiting, accounts },
        movements: movements.slice(0, 50).map(({ reference, on, amount, kind, payments }) => {
          const [first] = payments
          return {
            ...{ reference, on, amount, kind, count: payments.length },
            ...{ name: first?.name ?? '', purpose: first?.purpose ?? '' },
            ...(first?.reason && kind === 'return' ? { reason: first.reason } : {}),
          }
        }),
        files: files.slice(0, 20).map(({ id, name, message }) => ({ id, name, message })),
      }
    },
  }),

  letters: defineOperation({
    ...open,
    name: 'sandbox.letters',
    summary: 'What the sandbox letter service has taken, newest first.',
    right: 'see',
    input: z.undefined().optional(),
    rest: { method: 'get', path: '/sandbox/letters' },
    async run(ctx): ReturnType<Operations['sandbox']['letters']> {
      const { letters } = await read<LettersState>(ctx, `${lettersPath}/state`)
      return letters.slice(0, 100).map(({ reference, recipient: to, pages, price, progress, takenAt }) => ({
        ...{ reference, pages, price, progress, takenAt },
        to: [to.name, to.street, `${to.postcode} ${to.city}`.trim(), ...(to.country === 'DE' ? [] : [to.country])],
      }))
    },
  }),

  letterMinutes: defineOperation({
    ...open,
    name: 'sandbox.letterMinutes',
    summary: 'Lets minutes go by at the sandbox letter service.',
    right: 'edit',
    input: z.object({ minutes: z.coerce.number().int().min(1).max(10_000) }),
    rest: { method: 'post', path: '/sandbox/letters/minutes' },
    run: (ctx, _, minutes): Promise<void> => house(ctx).send('POST', `${lettersPath}/minutes`, minutes),
  }),

  letterPdf: defineOperation({
    ...open,
    name: 'sandbox.letterPdf',
    summary: 'A letter as it was posted.',
    right: 'see',
    input: z.object({ reference: z.string().regex(/^L\d{8}$/) }),
    rest: { method: 'get', path: '/sandbox/letters/{reference}/file' },
    async run(ctx, _, { reference }): ReturnType<Operations['sandbox']['letterPdf']> {
      const answer = await house(ctx).get(`${lettersPath}/pdf/${reference}`)
      if (!answer) throw new NotFound()
      return { filename: `${reference}.pdf`, contentType: 'application/pdf', content: new Uint8Array(await answer.arrayBuffer()) }
    },
  }),

  bankTransfer: defineOperation({
    ...open,
    name: 'sandbox.bankTransfer',
    summary: 'Somebody transfers money to the house at the sandbox bank, or the house to somebody (`out`); amount in cents.',
    right: 'edit',
    input: z.object({
      out: z.boolean().default(false),
      name: z.string().trim().min(1).max(70),
      amount: z.coerce.number().int().min(1).max(999_999_999),
      purpose: z.string().max(140),
      iban: z.string().max(40),
    }),
    rest: { method: 'post', path: '/sandbox/bank/transfers' },
    run: (ctx, _, transfer): Promise<void> => house(ctx).send('POST', `${bankPath}/transfer`, transfer),
  }),

  bankDays: defineOperation({
    ...open,
    name: 'sandbox.bankDays',
    summary: 'Lets days go by at the sandbox bank.',
    right: 'edit',
    input: z.object({ days: z.coerce.number().int().min(1).max(60) }),
    rest: { method: 'post', path: '/sandbox/bank/days' },
    run: (ctx, _, days): Promise<void> => house(ctx).send('POST', `${bankPath}/days`, days),
  }),

  bankFile: defineOperation({
    ...open,
    name: 'sandbox.bankFile',
    summary: 'A statement as the sandbox bank wrote it.',
    right: 'see',
    input: z.object({ fileId: z.string().regex(/^[A-Za-z0-9._-]{1,80}$/) }),
    rest: { method: 'get', path: '/sandbox/bank/files/{fileId}' },
    async run(ctx, _, { fileId }): ReturnType<Operations['sandbox']['bankFile']> {
      const answer = await house(ctx).get(`${bankPath}/files/${fileId}`)
      if (!answer) throw new NotFound()
      return { name: `${fileId}.xml`, content: await answer.text() }
    },
  }),
}
