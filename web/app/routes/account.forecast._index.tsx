import { data, redirect, type ActionFunctionArgs, type LoaderFunctionArgs } from '@remix-run/node'
import { useSearchParams } from '@remix-run/react'
import { ask } from '../ask.server'
import { useText } from '../texts/use-text'
import { Button } from '../ui/button'
import { Card } from '../ui/card'
import { CopyId } from '../ui/copy-id'
import { Forecast } from '../ui/forecast-list'
import { Form } from '../ui/form'
import { Icon } from '../ui/icon'
import { useAnswer, useLoaded } from '../ui/loaded'
import { Flash } from '../ui/notice'
import { Page } from '../ui/page'
import { Time } from '../ui/time'
import { title } from '../ui/title'
import { useMay } from '../ui/viewer'

export const loader = (args: LoaderFunctionArgs) =>
  ask(args, async ({ forecast }, me) => ({ view: await forecast.view(me, {}), feeds: await forecast.feeds(me) }))

export const action = async (args: ActionFunctionArgs) => {
  const form = await args.context.requireForm(args.request)
  switch (form.get('intent')) {
    case 'add':
      // the address is told once, in the answer to this very form
      return { url: (await ask(args, ({ forecast }, me) => forecast.addFeed(me))).url }
    case 'revoke':
      await ask(args, ({ forecast }, me) => forecast.revokeFeed(me, { feedId: String(form.get('feedId')) }))
      return redirect('/account/forecast?done=revoked', 303)
    default:
      throw data(null, { status: 400 })
  }
}

export const meta = title('forecast.title')

export default function AccountForecast() {
  const { view, feeds } = useLoaded<typeof loader>()
  const answer = useAnswer<typeof action>()
  const t = useText()
  const may = useMay()
  const [query] = useSearchParams()
  return (
    <Page
      title={t('forecast.title')}
      lead={t('forecast.lead')}
      actions={
        <a className="button" href="/account/forecast/calendar.ics">
          <Icon name="down" size={16} />
          {t('forecast.download')}
        </a>
      }
    >
      {!answer && query.get('done') === 'revoked' ? <Flash>{t('forecast.feed.revoked')}</Flash> : null}
      <Forecast view={view} />
      <Card title={t('forecast.feed')}>
        <p>{t('forecast.feed.text')}</p>
        {answer ? (
          <div className="stack stack--tight" role="status">
            <p className="strong">{t('forecast.feed.added')}</p>
            <CopyId id={answer.url} />
          </div>
        ) : null}
        <ul className="plain-list stack">
          {feeds.map((feed) => (
            <li key={feed.id} className="row row--between">
              <span>
                {t('forecast.feed.of')} <bdi>{feed.by}</bdi>, <Time at={feed.createdAt} show="absolute" />
              </span>
              {may('invoices', 'edit') ? (
                <Form method="post" className="row">
                  <input type="hidden" name="feedId" value={feed.id} />
                  <Button size="small" name="intent" value="revoke">
                    {t('forecast.feed.revoke')}
                  </Button>
                </Form>
              ) : null}
            </li>
          ))}
        </ul>
        {may('invoices', 'edit') ? (
          <Form method="post">
            <div>
              <Button name="intent" value="add" icon="plus">
                {t('forecast.feed.add')}
              </Button>
            </div>
          </Form>
        ) : null}
      </Card>
    </Page>
  )
}
