import type { LoaderFunctionArgs } from '@remix-run/node'
import { ask } from '../ask.server'
import { useText } from '../texts/use-text'
import { Forecast } from '../ui/forecast-list'
import { useLoaded } from '../ui/loaded'
import { Page } from '../ui/page'
import { title } from '../ui/title'

export const loader = (args: LoaderFunctionArgs) =>
  ask(args, ({ forecast }, me) => forecast.view(me, { customerId: String(args.params.customerId) }))

export const meta = title('forecast.title')

export default function CustomerForecast() {
  const view = useLoaded<typeof loader>()
  const t = useText()
  return (
    <Page
      title={t('forecast.of', { name: view.customer.name })}
      lead={t('forecast.lead')}
      back={{ to: `/desk/customers/${view.customer.id}`, title: view.customer.name }}
    >
      <Forecast view={view} />
    </Page>
  )
}
