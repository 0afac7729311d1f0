import type { ActionFunctionArgs, LoaderFunctionArgs } from '@remix-run/node'
import { useSearchParams } from '@remix-run/react'
import { ask } from '../ask.server'
import { changeTax } from '../tax.server'
import { useText } from '../texts/use-text'
import { AskAgain } from '../ui/live'
import { useAnswer, useLoaded } from '../ui/loaded'
import { Flash } from '../ui/notice'
import { Page } from '../ui/page'
import { Tax } from '../ui/tax-card'
import { title } from '../ui/title'
import { useMay } from '../ui/viewer'

const whose = ({ params }: Pick<LoaderFunctionArgs, 'params'>) => ({ customerId: String(params.customerId) })

export const loader = (args: LoaderFunctionArgs) => ask(args, ({ tax }, me) => tax.view(me, whose(args)))

export const action = (args: ActionFunctionArgs) => changeTax(args, whose(args), `/desk/customers/${whose(args).customerId}/tax`)

export const meta = title('tax.title')

export default function CustomerTax() {
  const found = useLoaded<typeof loader>()
  const answer = useAnswer<typeof action>()
  const t = useText()
  const may = useMay()
  const [query] = useSearchParams()
  return (
    <Page title={t('tax.title')} width="reading" back={{ to: `/desk/customers/${found.customerId}`, title: t('desk.customers') }}>
      {!answer && query.has('done') ? <Flash>{t(query.get('done') === 'ask' ? 'tax.asked' : 'tax.saved')}</Flash> : null}
      {query.has('done') && query.get('done') !== 'currency' ? <AskAgain every={2_000} tries={60} /> : null}
      <Tax of={found} edits={may('invoices', 'edit')} wrong={answer?.wrong} given={answer?.given} />
    </Page>
  )
}
