import { redirect, type ActionFunctionArgs, type LoaderFunctionArgs } from '@remix-run/node'
import { useSearchParams } from '@remix-run/react'
import { ask } from '../ask.server'
import { useText } from '../texts/use-text'
import { Button, ButtonLink } from '../ui/button'
import { DocumentPage } from '../ui/document-page'
import { Form } from '../ui/form'
import { useLoaded } from '../ui/loaded'
import { Flash, Notice } from '../ui/notice'
import { Page } from '../ui/page'
import { useSay } from '../ui/say'
import { title } from '../ui/title'
import { useMay } from '../ui/viewer'

export const loader = (args: LoaderFunctionArgs) =>
  ask(args, ({ invoices }, me) => invoices.get(me, { documentId: String(args.params.documentId) }))

/** A delivery that did not arrive goes out once more. */
export const action = async (args: ActionFunctionArgs) => {
  const form = await args.context.requireForm(args.request)
  const documentId = String(args.params.documentId)
  await ask(args, ({ deliveries }, me) => deliveries.again(me, { deliveryId: String(form.get('deliveryId')) }))
  return redirect(`/desk/invoices/${documentId}?done=again`, 303)
}

export const meta = title<Awaited<ReturnType<typeof loader>>>('document.title', ({ number }) => ({ number }))

export default function Document() {
  const document = useLoaded<typeof loader>()
  const t = useText()
  const say = useSay()
  const may = useMay()
  const [query] = useSearchParams()
  const edit = may('invoices', 'edit')
  const done = query.get('done') ?? ''
  return (
    <Page
      title={
        <>
          <span className="soft">{t(`document.${document.kind}`)}</span> {document.number}
        </>
      }
      back={{ to: '/desk/invoices', title: t('document.back') }}
      actions={
        edit ? (
          <>
            {document.creditable ? (
              <ButtonLink to={`/desk/invoices/${document.id}/credit`}>{t('desk.correct.credit')}</ButtonLink>
            ) : null}
            {document.cancellable ? (
              <ButtonLink tone="danger" to={`/desk/invoices/${document.id}/cancel`}>
                {t('desk.correct.cancel')}
              </ButtonLink>
            ) : null}
          </>
        ) : null
      }
    >
      {done === 'issued' ? <Flash>{t('desk.correct.done', { number: document.number })}</Flash> : null}
      {done === 'again' ? <Flash>{t('document.delivery.again.done')}</Flash> : null}
      <DocumentPage
        document={document}
        at="/desk/invoices"
        order={(orderId) => `/desk/cases/${encodeURIComponent(`order:${orderId}`)}`}
        {...(may('deliveries', 'edit')
          ? {
              again: ({ id, state }) =>
                state === 'failed' || state === 'bounced' ? (
                  <Form method="post" className="contents">
                    <Button size="small" icon="refresh" name="deliveryId" value={id}>
                      {t('document.delivery.again')}
                    </Button>
                  </Form>
                ) : null,
            }
          : {})}
      >
        {document.closed ? (
          <Notice>
            <p>{say(document.closed)}</p>
          </Notice>
        ) : null}
      </DocumentPage>
    </Page>
  )
}
