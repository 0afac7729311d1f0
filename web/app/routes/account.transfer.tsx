import { data, type LoaderFunctionArgs } from '@remix-run/node'
import { ask } from '../ask.server'
import { useText } from '../texts/use-text'
import { ButtonLink } from '../ui/button'
import { Empty } from '../ui/card'
import { useLoaded } from '../ui/loaded'
import { Page } from '../ui/page'
import { title } from '../ui/title'
import { TransferData } from '../ui/transfer-data'

/** PAY-10: /account/transfer?invoice=…&invoice=… */
export const loader = (args: LoaderFunctionArgs) => {
  const documentIds = [...new Set(new URL(args.request.url).searchParams.getAll('invoice'))]
  if (documentIds.length === 0) throw data(null, { status: 404 })
  return ask(args, ({ bank }, me) => bank.transferData(me, { documentIds }))
}

export const meta = title('transfer.title')

export default function Transfer() {
  const found = useLoaded<typeof loader>()
  const t = useText()
  return (
    <Page
      title={t('transfer.title')}
      lead={found.kind === 'transfer' ? t('transfer.lead') : undefined}
      back={{ to: '/account/invoices', title: t('account.invoices') }}
    >
      {found.kind === 'transfer' ? (
        <TransferData of={found} />
      ) : (
        <Empty
          icon="check"
          title={t('transfer.nothing')}
          action={<ButtonLink to="/account/invoices">{t('account.invoices')}</ButtonLink>}
        />
      )}
    </Page>
  )
}
