import type { LoaderFunctionArgs } from '@remix-run/node'
import { useSearchParams } from '@remix-run/react'
import { showMoney } from '../../../workflows/policy/money'
import { showDay } from '../../../workflows/policy/words/words'
import { ask } from '../ask.server'
import { useText } from '../texts/use-text'
import { ButtonLink } from '../ui/button'
import { Empty } from '../ui/card'
import { useLoaded } from '../ui/loaded'
import { Flash } from '../ui/notice'
import { Page } from '../ui/page'
import { Table } from '../ui/table'
import { title } from '../ui/title'
import { useMay, useViewer } from '../ui/viewer'

export const loader = (args: LoaderFunctionArgs) => ask(args, ({ subscriptions }, me) => subscriptions.plans(me))

export const meta = title('services.plans')

export default function Plans() {
  const plans = useLoaded<typeof loader>()
  const t = useText()
  const may = useMay()
  const { language } = useViewer()
  const [query] = useSearchParams()
  return (
    <Page
      title={t('services.plans')}
      lead={t('services.plans.lead')}
      back={{ to: '/desk/billing', title: t('desk.billing') }}
      actions={
        may('books', 'edit') ? (
          <>
            <ButtonLink to="/desk/policies/price-new">{t('services.plans.price.add')}</ButtonLink>
            <ButtonLink tone="primary" icon="plus" to="/desk/plans/new">
              {t('services.plans.add')}
            </ButtonLink>
          </>
        ) : undefined
      }
    >
      {query.has('added') ? <Flash>{t('services.plans.added')}</Flash> : null}
      <Table
        caption={t('services.plans')}
        rows={plans}
        rowKey={({ id }) => id}
        columns={[
          {
            id: 'name',
            title: t('services.plan'),
            heads: true,
            cell: ({ id, nameDe, nameEn }) => (
              <span className="told">
                <bdi>{language === 'de' ? nameDe : nameEn}</bdi>
                <code className="small soft">{id}</code>
              </span>
            ),
          },
          { id: 'kind', title: t('services.plans.kind'), cell: ({ kind }) => t(`services.plans.kind.${kind}`) },
          { id: 'months', title: t('services.plans.months'), end: true, cell: ({ months }) => String(months) },
          {
            id: 'prices',
            title: t('services.plans.prices'),
            cell: ({ prices }) =>
              prices.length === 0 ? (
                <span className="soft">{t('services.plans.none')}</span>
              ) : (
                <ul className="plain-list small" suppressHydrationWarning>
                  {prices.map(({ validFrom, price }) => (
                    <li key={`${validFrom} ${price.currency}`}>
                      {t('services.plans.price', { amount: showMoney(price, language), day: showDay(validFrom, language) })}
                    </li>
                  ))}
                </ul>
              ),
          },
        ]}
        empty={<Empty icon="list" title={t('services.plans.none')} />}
      />
    </Page>
  )
}
