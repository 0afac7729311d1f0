import type { LoaderFunctionArgs } from '@remix-run/node'
import { ask } from '../ask.server'
import { useText } from '../texts/use-text'
import { DocumentPage } from '../ui/document-page'
import { useLoaded } from '../ui/loaded'
import { Notice } from '../ui/notice'
import { Page } from '../ui/page'
import { title } from '../ui/title'

export const loader = (args: LoaderFunctionArgs) =>
  ask(args, ({ invoices }, me) => invoices.get(me, { documentId: String(args.params.documentId) }))

export const meta = title<Awaited<ReturnType<typeof loader>>>('document.title', ({ number }) => ({ number }))

export default function Document() {
  const document = useLoaded<typeof loader>()
  const t = useText()
  return (
    <Page
      title={
        <>
          <span className="soft">{t(`document.${document.kind}`)}</span> {document.number}
        </>
      }
      back={{ to: '/account/invoices', title: t('document.back') }}
    >
      <DocumentPage document={document} at="/account/invoices" order={(orderId) => `/account/orders/${orderId}`}>
        {document.deliveries.at(-1)?.state === 'bounced' ? (
          <Notice tone="warn">
            <p>{t('document.bounced')}</p>
          </Notice>
        ) : null}
      </DocumentPage>
    </Page>
  )
}
