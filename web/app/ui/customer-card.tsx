import { Link } from '@remix-run/react'
import type { ReactNode } from 'react'
import type { CustomerView } from '../../../api/operations/types'
import { useText } from '../texts/use-text'
import { Card, Facts } from './card'
import { CopyId } from './copy-id'
import { Postal } from './postal'
import { StatusBadge } from './status-badge'
import { Time } from './time'

/** A customer's data as staff check it: who, where, how to reach them, for tax. */
export function CustomerCard({
  customer,
  title,
  linked = false,
}: {
  customer: CustomerView
  title: ReactNode
  linked?: boolean
}) {
  const t = useText()
  return (
    <Card
      title={title}
      actions={
        customer.reviewedAt ? (
          <StatusBadge tone="ok">
            {t('desk.held.customer.reviewed')} <Time at={customer.reviewedAt} show="relative" />
          </StatusBadge>
        ) : (
          <StatusBadge tone="warn" icon="eye">
            {t('desk.held.customer.new')}
          </StatusBadge>
        )
      }
    >
      <Facts
        of={[
          [
            t('account.profile.number'),
            linked ? (
              <Link key="number" to={`/desk/customers/${customer.id}`}>
                {customer.number}
              </Link>
            ) : (
              <CopyId key="number" id={customer.number} />
            ),
          ],
          [t('account.profile.kind'), t(`account.profile.kind.${customer.kind}`)],
          [t('account.profile.organisation'), customer.organisation && <bdi key="organisation">{customer.organisation}</bdi>],
          [t('account.profile.name'), <bdi key="name">{`${customer.firstName} ${customer.lastName}`}</bdi>],
          [t('account.profile.address'), <Postal key="address" of={customer} />],
          [
            t('account.profile.billing'),
            customer.billingStreet && (
              <Postal
                key="billing"
                of={{
                  street: customer.billingStreet,
                  postcode: customer.billingPostcode ?? '',
                  city: customer.billingCity ?? '',
                  country: customer.billingCountry ?? '',
                }}
              />
            ),
          ],
          [t('account.profile.email'), <CopyId key="email" id={customer.email} />],
          [t('account.profile.phone'), <CopyId key="phone" id={customer.phone} />],
          customer.kind === 'corporate' && [
            t('account.profile.vat'),
            customer.vatId ? (
              <span key="vat" className="row">
                <CopyId id={customer.vatId} />
                <StatusBadge tone="ok">{t('desk.held.vat.ok')}</StatusBadge>
              </span>
            ) : (
              <StatusBadge key="vat" tone="idle">
                {t('desk.held.vat.none')}
              </StatusBadge>
            ),
          ],
          [t('account.profile.tax'), [customer.taxNumber, customer.taxOffice].filter(Boolean).join(', ')],
          [t('desk.held.customer.since'), <Time key="since" at={customer.createdAt} />],
          [t('desk.held.customer.orders'), customer.orderCount],
        ]}
      />
    </Card>
  )
}
