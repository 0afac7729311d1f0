import { Link } from '@remix-run/react'
import type { ReactNode } from 'react'
import type { DocumentView } from '../../../api/operations/document-types'
import { showMoney } from '../../../workflows/policy/money'
import { showDay, showRate } from '../../../workflows/policy/words/words'
import { useText } from '../texts/use-text'
import { Card, Facts } from './card'
import { Icon } from './icon'
import { Money } from './money'
import { CustomerLink } from './order-table'
import { RefundFailures } from './refund-failures'
import { StatusBadge, type StatusTone } from './status-badge'
import { Table } from './table'
import { Time } from './time'
import { useViewer } from './viewer'

type Line = DocumentView['lines'][number]

const tones: Record<DocumentView['deliveries'][number]['state'], StatusTone> = {
  queued: 'now',
  claimed: 'now',
  sent: 'ok',
  failed: 'danger',
  bounced: 'danger',
}

/** How far a mail or a letter has come. */
export function DeliveryState({ of }: { of: DocumentView['deliveries'][number] }) {
  const t = useText()
  return (
    <StatusBadge tone={tones[of.state]}>
      {of.state === 'sent' && of.progress
        ? t(`document.delivery.progress.${of.progress}`)
        : t(`document.delivery.state.${of.state}`)}
    </StatusBadge>
  )
}

/** Until when a mail waits for the morning. */
export function NotBefore({ of: { waitsUntil } }: { of: { waitsUntil?: string | undefined } }) {
  const t = useText()
  return waitsUntil ? (
    <span className="small soft">
      {t('document.delivery.not-before')} <Time at={waitsUntil} show="absolute" />
    </span>
  ) : null
}

/** One document as its reader sees it: the desk's or the customer's. `at`: where the pages of documents are. */
export function DocumentPage({
  document,
  at,
  order,
  children,
  again,
}: {
  document: DocumentView
  at: '/desk/invoices' | '/account/invoices'
  order: (orderId: string) => string
  /** above the lines */
  children?: ReactNode
  /** what can be done about a delivery */
  again?: (delivery: DocumentView['deliveries'][number]) => ReactNode
}) {
  const t = useText()
  const { language } = useViewer()
  const { lines, corrections, settlements, deliveries, files } = document
  // a reminder asks for what its invoices say, and has no price and no tax of its own
  const priced = document.kind !== 'reminder'
  const file = (ending: 'pdf' | 'xml') => `${at}/${document.id}.${ending}`
  return (
    <>
      {children}
      <RefundFailures of={document.refundFailures} reader={at === '/desk/invoices' ? 'staff' : 'customer'} />
      <div className="split">
        <section className="stack">
          <Table
            caption={t('document.lines')}
            showCaption
            rows={lines}
            rowKey={({ position }) => String(position)}
            columns={[
              { id: 'position', title: t('document.col.position'), cell: ({ position }) => position },
              {
                id: 'text',
                title: t('document.col.text'),
                heads: true,
                cell: ({ text, from, until, rest, net }) => (
                  <span className="told">
                    <bdi>{text}</bdi>
                    {from && until ? (
                      <span className="small soft">
                        {showDay(from, language)} – {showDay(until, language)}
                      </span>
                    ) : null}
                    {rest && rest.amount !== net.amount ? (
                      <span className="small soft">{t('document.credited', { amount: showMoney(rest, language) })}</span>
                    ) : null}
                  </span>
                ),
              },
              ...(priced
                ? [
                    { id: 'quantity', title: t('document.col.quantity'), end: true, cell: ({ quantity }: Line) => quantity },
                    { id: 'unit', title: t('document.col.unit'), end: true, cell: ({ unitNet }: Line) => <Money of={unitNet} /> },
                    {
                      id: 'vat',
                      title: t('document.col.vat'),
                      end: true,
                      cell: ({ vatRate }: Line) => <span className="nowrap">{showRate(vatRate, language)}</span>,
                    },
                  ]
                : []),
              {
                id: 'net',
                title: t(priced ? 'document.col.net' : 'document.fact.open'),
                end: true,
                cell: ({ net }) => <Money of={net} />,
              },
            ]}
          />
          {settlements.length > 0 ? (
            <Card title={t('document.settlements')}>
              <ul className="plain-list lines">
                {settlements.map(({ kind, amount, at: when }, index) => (
                  <li key={index}>
                    <span>
                      {t(`document.settlement.${kind}`)}{' '}
                      <span className="small soft">
                        <Time at={when} show="day" />
                      </span>
                    </span>
                    <Money of={amount} />
                  </li>
                ))}
              </ul>
            </Card>
          ) : null}
        </section>
        <aside className="beside stack">
          <Card>
            <Facts
              of={[
                [t('document.fact.issued'), <Time key="on" at={document.issuedOn} show="day" />],
                [t('document.fact.due'), document.dueOn && <Time key="due" at={document.dueOn} show="day" />],
                priced && [t('document.fact.net'), <Money key="net" of={document.net} />],
                priced && [t('document.fact.vat'), <Money key="vat" of={document.vat} />],
                [t('document.fact.gross'), <Money key="gross" of={document.gross} />],
                [t('document.fact.open'), document.open && <Money key="open" of={document.open} />],
                [t('document.fact.customer'), document.customer && <CustomerLink key="who" customer={document.customer} />],
                [
                  t('document.fact.order'),
                  document.orderId && (
                    <Link key="order" to={order(document.orderId)}>
                      {document.orderId}
                    </Link>
                  ),
                ],
                [
                  t('document.fact.corrects'),
                  document.corrects && (
                    <Link key="corrects" to={`${at}/${document.corrects.id}`}>
                      {document.corrects.number}
                    </Link>
                  ),
                ],
                [t('document.fact.reference'), document.buyerReference && <bdi key="reference">{document.buyerReference}</bdi>],
              ]}
            />
            <div className="row">
              {files.pdf ? (
                <a className="button button--small" href={file('pdf')}>
                  <Icon name="file" size={16} />
                  {t('document.pdf')}
                </a>
              ) : null}
              {files.xml ? (
                <a className="button button--small" href={file('xml')}>
                  <Icon name="down" size={16} />
                  {t('document.xml')}
                </a>
              ) : null}
            </div>
          </Card>
          {corrections.length > 0 ? (
            <Card title={t('document.corrections')}>
              <ul className="plain-list lines">
                {corrections.map(({ id, number, kind, gross }) => (
                  <li key={id}>
                    <span>
                      {t(`document.${kind}`)} <Link to={`${at}/${id}`}>{number}</Link>
                    </span>
                    <Money of={gross} />
                  </li>
                ))}
              </ul>
            </Card>
          ) : null}
          <Card title={t('document.deliveries')}>
            {deliveries.length === 0 ? <p className="soft">{t('document.deliveries.none')}</p> : null}
            <ul className="plain-list lines lines--stacked">
              {deliveries.map((delivery) => (
                <li key={delivery.id}>
                  <span className="told">
                    <span className="row">
                      {t(`document.delivery.${delivery.channel}`)}
                      <DeliveryState of={delivery} />
                    </span>
                    <span className="small soft reach">
                      <Time at={delivery.at} />
                      {delivery.to ? <bdi> · {delivery.to}</bdi> : null}
                      {delivery.price ? (
                        <>
                          {' · '}
                          <Money of={delivery.price} />
                        </>
                      ) : null}
                    </span>
                    {delivery.report ? <bdi className="small reach">{delivery.report}</bdi> : null}
                  </span>
                  {again?.(delivery)}
                </li>
              ))}
            </ul>
          </Card>
        </aside>
      </div>
    </>
  )
}
