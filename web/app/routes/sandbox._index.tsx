import { data, type LoaderFunctionArgs } from '@remix-run/node'
import { useText } from '../texts/use-text'
import { ButtonLink } from '../ui/button'
import { Card } from '../ui/card'
import { Icon } from '../ui/icon'
import { Page } from '../ui/page'
import { Table } from '../ui/table'
import { title } from '../ui/title'
import { useMay, useViewer } from '../ui/viewer'

export const loader = ({ context }: LoaderFunctionArgs) => {
  if (!context.house.sandbox) throw data(null, { status: 404 })
  return null
}

export const meta = title('sandbox.title')

const cards = [
  ['4242 4242 4242 4242', 'sandbox.card.approves'],
  ['4000 0025 0000 3155', 'sandbox.card.asks'],
  ['4000 0000 0000 0002', 'sandbox.card.declines'],
  ['4000 0000 0000 9995', 'sandbox.card.insufficient'],
  ['4000 0000 0000 0259', 'sandbox.card.disputes'],
] as const

export default function TestHouse() {
  const t = useText()
  const { temporalUi } = useViewer()
  const may = useMay()
  return (
    <Page title={t('sandbox.title')} lead={t('sandbox.lead')}>
      <div className="tiles tiles--wide">
        <Card title={t('sandbox.mailbox')}>
          <p>{t('sandbox.mailbox.text')}</p>
          <div>
            <ButtonLink to="/sandbox/mailbox" icon="mail">
              {t('sandbox.mailbox.open')}
            </ButtonLink>
          </div>
        </Card>
        <Card title={t('sandbox.registry')}>
          <p>{t('sandbox.registry.text')}</p>
          <div>
            <ButtonLink to="/sandbox/registry" icon="building">
              {t('sandbox.registry.open')}
            </ButtonLink>
          </div>
        </Card>
        <Card title={t('sandbox.bank')}>
          <p>{t('sandbox.bank.text')}</p>
          <div>
            <ButtonLink to="/sandbox/bank" icon="receipt">
              {t('sandbox.bank.open')}
            </ButtonLink>
          </div>
        </Card>
        {may('sandbox') ? (
          <Card title={t('sandbox.clock')}>
            <p>{t('sandbox.clock.text')}</p>
            <div>
              <ButtonLink to="/sandbox/clock" icon="clock">
                {t('sandbox.clock.open')}
              </ButtonLink>
            </div>
          </Card>
        ) : null}
        {temporalUi ? (
          <Card title={t('sandbox.temporal')}>
            <p>{t('sandbox.temporal.text')}</p>
            <div>
              <a className="button" href={temporalUi} target="_blank" rel="noreferrer">
                <Icon name="external" />
                {t('sandbox.temporal.open')}
              </a>
            </div>
          </Card>
        ) : null}
      </div>
      <section className="stack" aria-labelledby="payments">
        <h2 id="payments">{t('sandbox.payments')}</h2>
        <p>{t('sandbox.payments.text')}</p>
        <Table
          caption={t('sandbox.payments')}
          rows={cards.map(([number, what]) => ({ number, what }))}
          rowKey={({ number }) => number}
          columns={[
            { id: 'number', title: t('sandbox.card'), heads: true, cell: ({ number }) => <code>{number}</code> },
            { id: 'what', title: t('sandbox.card.what'), cell: ({ what }) => t(what) },
          ]}
        />
      </section>
    </Page>
  )
}
