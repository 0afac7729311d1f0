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
}

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
                  <Value of={old} />
                </del>
              )}
              {old === undefined || now === undefined ? null : ' → '}
              {now === undefined ? null : (
                <ins>
                  <Value of={now} />
                </ins>
              )}
            </dd>
          </div>
        ))}
      </dl>
    </details>
  )
}

function Value({ of }: { of: AuditValue }) {
  const t = useText()
  if (typeof of === 'object') return <Money of={of} />
  if (typeof of === 'boolean') return t(of ? 'desk.billing.lines.yes' : 'desk.billing.lines.no')
  return <bdi>{of}</bdi>
}
