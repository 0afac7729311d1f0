import { Fragment } from 'react'
import { data, redirect, type ActionFunctionArgs, type LoaderFunctionArgs } from '@remix-run/node'
import { ask } from '../ask.server'
import type { TextKey } from '../texts/texts'
import { useText } from '../texts/use-text'
import { Button, ButtonLink } from '../ui/button'
import { Card } from '../ui/card'
import { CaseHead, CaseStory, LiveCase } from '../ui/case-story'
import { Form } from '../ui/form'
import { useAnswer, useLoaded } from '../ui/loaded'
import { Page } from '../ui/page'
import { LateNotice } from '../ui/problem'
import { title } from '../ui/title'
import { useMay } from '../ui/viewer'

/** How a payment stands, live. The provider sends the customer back to here; nothing it says in the address is believed. */
export const loader = (args: LoaderFunctionArgs) =>
  ask(args, ({ paying }, me) => paying.get(me, { paymentId: String(args.params.paymentId) }))

export const action = async (args: ActionFunctionArgs) => {
  await args.context.requireForm(args.request)
  const paymentId = String(args.params.paymentId)
  const answer = await ask(args, ({ paying }, me) => paying.withdraw(me, { paymentId }))
  if (answer.kind === 'late') return data({ late: answer }, { status: 409 })
  return redirect(`/account/payments/${paymentId}`, 303)
}

export const shouldRevalidate = () => true

export const meta = title('account.payment')

const declines: Record<string, TextKey> = {
  authentication_required: 'account.payment.declined.authentication_required',
  insufficient_funds: 'account.payment.declined.insufficient_funds',
}
const backTo = {
  invoices: { to: '/account/invoices', text: 'account.invoices' },
  deposit: { to: '/account/balance', text: 'account.balance' },
  card: { to: '/account/methods', text: 'account.methods' },
} as const

export default function Payment() {
  const { case: view, url, canWithdraw, numbers, outcome, purpose } = useLoaded<typeof loader>()
  const answer = useAnswer<typeof action>()
  const t = useText()
  const may = useMay()
  const back = { to: backTo[purpose].to, title: t(backTo[purpose].text) }
  const edit = may('invoices', 'edit')
  const declined = outcome === 'declined' ? String(view.headline.params?.['text'] ?? '') : undefined
  return (
    <Page title={t('account.payment')} back={back}>
      {answer ? <LateNotice late={answer.late} /> : null}
      <CaseHead view={view} reader="customer">
        {numbers.length > 0 ? (
          <p className="soft">
            {t('account.payment.for')}:{' '}
            {numbers.map((number, index) => (
              <Fragment key={number}>
                {index > 0 && ', '}
                <span className="nowrap">{number}</span>
              </Fragment>
            ))}
          </p>
        ) : null}
        {declined === undefined ? null : <p>{t(declines[declined] ?? 'account.payment.declined.other')}</p>}
        <div className="row">
          {url && edit ? (
            <a className="button button--primary" href={url}>
              {t('account.payment.go')}
            </a>
          ) : null}
          {canWithdraw ? (
            <Form method="post" className="row">
              <Button tone="quiet">{t('account.payment.withdraw')}</Button>
            </Form>
          ) : null}
          {view.state === 'done' ? (
            <ButtonLink to={back.to} tone={outcome === 'paid' || outcome === 'kept' ? 'primary' : 'plain'}>
              {outcome === 'paid' || outcome === 'kept' ? back.title : t('account.payment.again')}
            </ButtonLink>
          ) : null}
        </div>
      </CaseHead>
      <Card>
        <CaseStory view={view} reader="customer" />
      </Card>
      <LiveCase view={view} />
    </Page>
  )
}
