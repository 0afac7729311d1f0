import type { LoaderFunctionArgs } from '@remix-run/node'
import { Link } from '@remix-run/react'
import { ask } from '../ask.server'
import { useText } from '../texts/use-text'
import { ButtonLink } from '../ui/button'
import { Empty } from '../ui/card'
import { Filters } from '../ui/filters'
import { Icon } from '../ui/icon'
import { useLoaded } from '../ui/loaded'
import { NoMatch, useFiltered } from '../ui/order-table'
import { Page } from '../ui/page'
import { listQuery, Pager, Table } from '../ui/table'
import { Time } from '../ui/time'
import { title } from '../ui/title'

export const loader = (args: LoaderFunctionArgs) => ask(args, ({ sandbox }, me) => sandbox.mails(me, listQuery(args.request)))

export const meta = title('sandbox.mailbox')

export default function Mailbox() {
  const found = useLoaded<typeof loader>()
  const t = useText()
  const filtered = useFiltered()
  return (
    <Page title={t('sandbox.mailbox')} lead={t('mailbox.lead')}>
      {found.total > 0 || filtered ? <Filters label={t('mailbox.search')} /> : null}
      <Table
        caption={t('sandbox.mailbox')}
        rows={found.rows}
        rowKey={({ id }) => id}
        columns={[
          {
            id: 'subject',
            title: t('mailbox.col.subject'),
            heads: true,
            cell: ({ id, subject, attachments }) => (
              <span className="told">
                <Link to={`/sandbox/mailbox/${id}`} prefetch="intent">
                  <bdi>{subject}</bdi>
                </Link>
                {attachments.length > 0 ? (
                  <span className="row small soft">
                    <Icon name="file" size={14} />
                    {t('mailbox.attachments', { count: attachments.length })}
                  </span>
                ) : null}
              </span>
            ),
          },
          { id: 'to', title: t('mailbox.col.to'), cell: ({ to }) => <span className="reach">{to}</span> },
          {
            id: 'at',
            title: t('mailbox.col.at'),
            cell: ({ at }) => (
              <span className="nowrap">
                <Time at={at} show="absolute" />
              </span>
            ),
          },
        ]}
        empty={
          filtered ? (
            <NoMatch title={t('mailbox.none.title')} />
          ) : (
            <Empty
              icon="mail"
              title={t('mailbox.empty.title')}
              action={
                <ButtonLink tone="primary" to="/signup">
                  {t('mailbox.empty.action')}
                </ButtonLink>
              }
            >
              {t('mailbox.empty.text')}
            </Empty>
          )
        }
      />
      <Pager {...found} />
    </Page>
  )
}
