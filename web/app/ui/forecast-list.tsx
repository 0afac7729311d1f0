import type { ForecastView } from '../../../api/operations/forecast-types'
import type { ForecastEvent } from '../../../workflows/policy/forecast'
import { showMoney } from '../../../workflows/policy/money'
import { useText } from '../texts/use-text'
import { Empty } from './card'
import { ColumnChart } from './chart'
import { Money } from './money'
import { useSay } from './say'
import { StatusBadge, type StatusTone } from './status-badge'
import { Table } from './table'
import { Time } from './time'
import { useViewer } from './viewer'

const tones: Record<ForecastEvent['kind'], StatusTone> = {
  renewal: 'idle',
  ends: 'idle',
  price: 'now',
  name: 'now',
  debit: 'now',
  due: 'warn',
  payment: 'now',
  reminder: 'warn',
  block: 'danger',
  collection: 'danger',
  case: 'idle',
  deposit: 'warn',
}

/** The months to come: what is to be paid by month, and every event in its order. */
export function Forecast({ view }: { view: ForecastView }) {
  const t = useText()
  const say = useSay()
  const { language } = useViewer()
  const month = new Intl.DateTimeFormat(language === 'de' ? 'de-DE' : 'en-GB', {
    month: 'short',
    year: '2-digit',
    timeZone: 'UTC',
  })
  const months = [...new Set(view.events.map(({ on }) => on.slice(0, 7)))]
  return (
    <>
      {view.sums.map(({ currency, amount }) => (
        <section key={currency} className="stack" aria-label={currency}>
          <p suppressHydrationWarning>
            <strong>{t('forecast.sum', { amount: showMoney({ amount, currency }, language) })}</strong>
          </p>
          <ColumnChart
            title={t('forecast.chart', { currency })}
            currency={currency}
            bars={months.map((one) => ({
              label: month.format(new Date(`${one}-01T00:00:00Z`)),
              amount: view.events
                .filter(
                  (event) => event.on.startsWith(one) && event.currency === currency && ['renewal', 'due'].includes(event.kind),
                )
                .reduce((sum, event) => sum + (event.amount ?? 0), 0),
            }))}
          />
        </section>
      ))}
      <Table
        caption={t('forecast.title')}
        rows={view.events}
        rowKey={({ id }) => id}
        columns={[
          {
            id: 'on',
            title: t('forecast.col.on'),
            cell: ({ on }) => (
              <span className="nowrap">
                <Time at={on} show="day" />
              </span>
            ),
          },
          { id: 'what', title: t('forecast.col.what'), heads: true, cell: ({ what }) => <bdi>{say(what)}</bdi> },
          {
            id: 'kind',
            title: t('forecast.col.kind'),
            cell: ({ kind }) => <StatusBadge tone={tones[kind]}>{t(`forecast.kind.${kind}`)}</StatusBadge>,
          },
          {
            id: 'amount',
            title: t('forecast.col.amount'),
            end: true,
            cell: ({ amount, currency }) => (amount !== undefined && currency ? <Money of={{ amount, currency }} /> : null),
          },
        ]}
        empty={
          <Empty icon="clock" title={t('forecast.none.title')}>
            {t('forecast.none.text')}
          </Empty>
        }
      />
    </>
  )
}
