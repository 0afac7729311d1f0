import type { LoaderFunctionArgs } from '@remix-run/node'
import { ask } from '../ask.server'
import { useText } from '../texts/use-text'
import { ButtonLink } from '../ui/button'
import { Empty } from '../ui/card'
import { DunningRunTable } from '../ui/dunning-tables'
import { Filters } from '../ui/filters'
import { useLoaded } from '../ui/loaded'
import { Notice } from '../ui/notice'
import { NoMatch, useFiltered } from '../ui/order-table'
import { Page } from '../ui/page'
import { listQuery, Pager } from '../ui/table'
import { title } from '../ui/title'
import { useMay } from '../ui/viewer'

export const loader = (args: LoaderFunctionArgs) => ask(args, ({ dunning }, me) => dunning.runs(me, listQuery(args.request)))

export const meta = title('desk.dunning')

export default function DunningRuns() {
  const found = useLoaded<typeof loader>()
  const t = useText()
  const may = useMay()
  const filtered = useFiltered()
  return (
    <Page
      title={t('desk.dunning')}
      lead={t('desk.dunning.lead')}
      actions={
        <>
          <ButtonLink tone="quiet" to="/desk/dunning/what-if">
            {t('desk.dunning.what-if')}
          </ButtonLink>
          {may('books', 'edit') ? (
            <ButtonLink tone="primary" icon="play" to="/desk/dunning/new">
              {t('desk.dunning.new')}
            </ButtonLink>
          ) : null}
        </>
      }
    >
      {found.waiting > 0 ? (
        <Notice tone="warn">
          <p>{t('desk.dunning.waiting', { count: found.waiting })}</p>
        </Notice>
      ) : found.release === 'by-itself' ? (
        <Notice>
          <p>{t('desk.dunning.by-itself')}</p>
        </Notice>
      ) : null}
      {found.total > 0 || filtered ? (
        <Filters
          label={t('desk.dunning.search')}
          statesLabel={t('desk.dunning.phase')}
          states={(['listed', 'sending', 'done', 'discarded', 'expired', 'nothing'] as const).map((value) => ({
            value,
            title: t(`desk.dunning.phase.${value}`),
          }))}
        />
      ) : null}
      <DunningRunTable
        rows={found.rows}
        empty={
          filtered ? (
            <NoMatch title={t('desk.dunning.lines.none')} />
          ) : (
            <Empty icon="bell" title={t('desk.dunning.empty.title')}>
              {t('desk.dunning.empty.text')}
            </Empty>
          )
        }
      />
      <Pager {...found} />
    </Page>
  )
}
