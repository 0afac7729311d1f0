import type { AuditChange, AuditValue } from '../../../api/operations/types'
import type { TextKey } from '../texts/texts'
import { useText } from '../texts/use-text'
import { Money } from './money'

/** Names of fields in the reader's language; others are shown as they are written down. */
const words: Record<string, TextKey> = {
  ...{ name: 'contact.name', organisation: 'contact.organisation', street: 'contact.street', postcode: 'contact.postcode' },
  ...{ city: 'contact.city', country: 'contact.country', email: 'contact.email', phone: 'contact.phone' },
  ...{ vatId: 'tax.vat-id', currency: 'tax.currency', invoicing: 'desk.account.invoicing', delivery: 'desk.account.delivery' },
  ...{ paymentTermDays: 'desk.account.term', buyerReference: 'desk.account.reference', tag: 'audit.field.tag' },
  ...{ reason: 'desk.account.tag.reason', amount: 'transfer.amount', quantity: 'services.quantity', planId: 'services.plan' },
  ...{ subject: 'services.subject', state: 'desk.cases.state', version: 'desk.policies.col.version', note: 'desk.policies.note' },
  ...{ rate: 'desk.books.col.rate', parentId: 'audit.field.payer', credit: 'document.credit-note', kind: 'account.profile.kind' },
  ...{
    number: 'audit.field.number',
    invoices: 'desk.account.invoicing',
    outcome: 'audit.field.outcome',
    decision: 'audit.field.decision',
  },
  ...{
    verdict: 'audit.field.decision',
    validFrom: 'audit.field.valid-from',
    fields: 'audit.field.fields',
    label: 'audit.field.label',
  },
  ...{ until: 'audit.field.until', open: 'account.pay.open', preferred: 'account.pay.preferred' },
  ...{ way: 'audit.field.way', source: 'audit.field.source', reference: 'desk.debits.col.reference' },
  ...{ refundId: 'desk.cases.kind.refund', failureId: 'desk.cases.kind.refund-failure', runId: 'desk.case.run' },
  ...{ documentId: 'audit.field.document', documentIds: 'audit.field.documents', userId: 'signup.person' },
  ...{ subscriptionId: 'audit.field.subscription', itemId: 'document.col.text', size: 'audit.field.size' },
  ...{ corrects: 'audit.field.corrects', correction: 'audit.field.correction', parts: 'audit.field.parts', on: 'audit.field.on' },
  ...{ lines: 'document.lines', text: 'document.col.text', unitNet: 'document.col.unit', net: 'document.col.net' },
}

/** What was chosen, in the reader's language; by field, since anybody may write these words as a reason. */
const ways: Record<string, TextKey> = {
  ...{ balance: 'audit.value.balance', invoices: 'audit.value.invoices' },
  ...{ again: 'audit.value.again', claim: 'audit.value.claim', 'write-off': 'audit.value.write-off' },
  ...{ mail: 'desk.collection.way.mail', letter: 'desk.collection.way.letter', on: 'desk.collection.way.on' },
}
const verdicts: Record<string, TextKey> = { approve: 'desk.held.approve', reject: 'desk.held.reject' }
const choices: Record<string, Record<string, TextKey>> = { way: ways, source: ways, verdict: verdicts }

/** BEY-31: what an entry changed, field by field, from what to what. */
export function AuditChanges({ changes }: { changes: AuditChange[] }) {
  const t = useText()
  if (changes.length === 0) return null
  const nameOf = (field: string) =>
    field
      .split('.')
      .map((part) => {
        const key = words[part]
        return key ? t(key) : part
      })
      .join(' › ')
  return (
    <details className="changes">
      <summary>{t('audit.changes', { count: changes.length })}</summary>
      <dl>
        {changes.map(({ field, old, new: now }) => (
          <div key={field}>
            <dt className="small soft">{nameOf(field)}</dt>
            <dd>
              {old === undefined ? null : (
                <del>
                  <Value of={old} field={field} />
                </del>
              )}
              {old === undefined || now === undefined ? null : ' → '}
              {now === undefined ? null : (
                <ins>
                  <Value of={now} field={field} />
                </ins>
              )}
            </dd>
          </div>
        ))}
      </dl>
    </details>
  )
}

function Value({ of, field }: { of: AuditValue; field: string }) {
  const t = useText()
  if (typeof of === 'object') return <Money of={of} />
  if (typeof of === 'boolean') return t(of ? 'desk.billing.lines.yes' : 'desk.billing.lines.no')
  const chosen = choices[field.split('.').at(-1) ?? '']?.[String(of)]
  return <bdi>{chosen ? t(chosen) : of}</bdi>
}
