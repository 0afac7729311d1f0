import type { LoaderFunctionArgs } from '@remix-run/node'
import { ask } from '../ask.server'
import { useText } from '../texts/use-text'
import { Reports, Sum } from '../ui/books-parts'
import { OpenItemTable } from '../ui/books-tables'
import { ButtonLink } from '../ui/button'
import { Card, Empty, Facts } from '../ui/card'
import { useLoaded } from '../ui/loaded'
import { Page } from '../ui/page'
import { title } from '../ui/title'
import { useMay } from '../ui/viewer'

export const loader = (args: LoaderFunctionArgs) =>
  ask(args, ({ books }, me) => books.customer(me, { customerId: String(args.params.customerId) }))

export const meta = title<{ customer: { name: string } }>('desk.books.customer.title', ({ customer: { name } }) => ({ name }))

export default function CustomerAccount() {
  const { customer, balances, open } = useLoaded<typeof loader>()
  const t = useText()
  const may = useMay()
  return (
    <Page
      title={t('desk.books.customer.title', { name: customer.name })}
      lead={customer.number}
      back={
        may('customers')
          ? { to: `/desk/customers/${customer.id}`, title: customer.name }
          : { to: '/desk/books', title: t('desk.books') }
      }
      actions={
        <ButtonLink to={`/desk/books/postings?customerId=${customer.id}`} icon="book">
          {t('desk.books.customers-postings')}
        </ButtonLink>
      }
    >
      <Reports />
      <Card title={t('desk.books.customer.balances')}>
        {balances.length === 0 ? <p className="soft">{t('desk.books.customer.none')}</p> : null}
        {balances.map(({ currency, ...sums }) => (
          <Facts
            key={currency}
            of={(['receivable', 'claims', 'credit'] as const).map((part) => [
              t(`desk.books.customer.${part}`),
              <Sum key={part} amount={sums[part]} currency={currency} />,
            ])}
          />
        ))}
      </Card>
      <OpenItemTable rows={open} empty={<Empty icon="check" title={t('desk.books.open-items.none.title')} />} />
    </Page>
  )
}
