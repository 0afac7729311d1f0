import type { LoaderFunctionArgs } from '@remix-run/node'
import { Link, useSearchParams } from '@remix-run/react'
import { ask } from '../ask.server'
import { useText } from '../texts/use-text'
import { BankPages, entryStateChoices, EntryTable } from '../ui/bank-tables'
import { Card, Empty, Facts } from '../ui/card'
import { Filters } from '../ui/filters'
import { useLoaded } from '../ui/loaded'
import { Money } from '../ui/money'
import { Notice } from '../ui/notice'
import { NoMatch, useFiltered } from '../ui/order-table'
import { Page } from '../ui/page'
import { useSay } from '../ui/say'
import { listQuery, Pager } from '../ui/table'
import { title } from '../ui/title'

export const loader = (args: LoaderFunctionArgs) => {
  const statementId = new URL(args.request.url).searchParams.get('statementId') ?? undefined
  return ask(args, ({ bank }, me) => bank.entries(me, { ...listQuery(args.request), statementId: statementId || undefined }))
}

export const meta = title('desk.entries')

export default function Entries() {
  const found = useLoaded<typeof loader>()
  const t = useText()
  const say = useSay()
  const filtered = useFiltered()
  const { statement } = found
  const statementId = useSearchParams()[0].get('statementId')
  return (
    <Page title={t('desk.entries')} lead={t('desk.entries.lead')} actions={<BankPages here="entries" />}>
      {statement ? (
        <Card title={t('desk.bank.statement.title', { reference: statement.reference })}>
          {statement.gap ? (
            <Notice tone="warn" title={t('desk.bank.gap')}>
              <p>{say(statement.gap)}</p>
            </Notice>
          ) : null}
          <Facts
            of={[
              statement.opening ? [t('desk.bank.col.opening'), <Money key="opening" of={statement.opening} />] : null,
              statement.closing ? [t('desk.bank.col.closing'), <Money key="closing" of={statement.closing} />] : null,
            ]}
          />
          <Link to="/desk/bank/entries">{t('desk.bank.statement.all')}</Link>
        </Card>
      ) : null}
      {found.total > 0 || filtered ? (
        <Filters
          label={t('desk.entries.search')}
          states={entryStateChoices.map(({ value, text }) => ({ value, title: t(text) }))}
          statesLabel={t('desk.entries.state')}
        >
          {statementId ? <input type="hidden" name="statementId" value={statementId} /> : null}
        </Filters>
      ) : null}
      <EntryTable
        rows={found.rows}
        empty={
          filtered ? (
            <NoMatch title={t('desk.entries.none.title')} />
          ) : (
            <Empty icon="list" title={t('desk.entries.empty.title')}>
              {t('desk.entries.empty.text')}
            </Empty>
          )
        }
      />
      <Pager {...found} />
    </Page>
  )
}
