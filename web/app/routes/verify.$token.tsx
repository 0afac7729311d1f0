import { data, redirect, type ActionFunctionArgs } from '@remix-run/node'
import { useSearchParams } from '@remix-run/react'
import { askQuietly } from '../ask.server'
import { useText } from '../texts/use-text'
import { Button, ButtonLink } from '../ui/button'
import { Card } from '../ui/card'
import { Form } from '../ui/form'
import { useAnswer } from '../ui/loaded'
import { Notice } from '../ui/notice'
import { Page } from '../ui/page'
import { useSay } from '../ui/say'
import { title } from '../ui/title'
import { useViewer } from '../ui/viewer'

export const meta = title('verify.title')

export const headers = () => ({ 'Cache-Control': 'no-store' })

/** By a click, not by opening the link: mail scanners open links, too. */
export async function action(args: ActionFunctionArgs) {
  await args.context.requireForm(args.request)
  const asked = await askQuietly(args, ({ account }, me) => account.verifyEmail(me, { token: String(args.params.token) }))
  if ('problem' in asked) return data({ reason: asked.problem.reason }, { status: asked.problem.status })
  return asked.answer.kind === 'refused'
    ? data({ reason: asked.answer.reason }, { status: 410 })
    : redirect('/verify/done?done=1')
}

export default function Verify() {
  const t = useText()
  const say = useSay()
  const refused = useAnswer<typeof action>()
  const [query] = useSearchParams()
  const { kind, cartNames } = useViewer()
  if (query.has('done'))
    return (
      <Page title={t('verify.done.title')} lead={t('verify.done.text')} width="narrow">
        <div className="row">
          {kind === 'visitor' ? (
            <ButtonLink to={cartNames.length > 0 ? '/login?next=/checkout' : '/login'} tone="primary">
              {t('shell.login')}
            </ButtonLink>
          ) : (
            <ButtonLink to={cartNames.length > 0 ? '/checkout' : '/account'} tone="primary">
              {t(cartNames.length > 0 ? 'cart.checkout' : 'shell.account')}
            </ButtonLink>
          )}
        </div>
      </Page>
    )
  if (refused)
    return (
      <Page title={t('verify.refused.title')} width="narrow">
        <Notice tone="warn">
          <p>{say(refused.reason)}</p>
        </Notice>
        <div className="row">
          <ButtonLink to="/signup/sent" tone="primary">
            {t('verify.again')}
          </ButtonLink>
          <ButtonLink to="/login">{t('shell.login')}</ButtonLink>
        </div>
      </Page>
    )
  return (
    <Page title={t('verify.title')} lead={t('verify.text')} width="narrow">
      <Card raised>
        <Form method="post">
          <Button tone="primary" size="big" wide>
            {t('verify.submit')}
          </Button>
        </Form>
      </Card>
    </Page>
  )
}
