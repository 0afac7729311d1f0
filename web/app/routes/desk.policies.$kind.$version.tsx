import { data, type LoaderFunctionArgs } from '@remix-run/node'
import { ask } from '../ask.server'
import { useText } from '../texts/use-text'
import { Card, Facts } from '../ui/card'
import { useLoaded } from '../ui/loaded'
import { Page } from '../ui/page'
import { Time } from '../ui/time'
import { title } from '../ui/title'
import '../ui/rules.css'

export const loader = (args: LoaderFunctionArgs) =>
  ask(args, ({ policies }, me) => {
    const kind = (['dunning', 'order', 'house'] as const).find((one) => one === args.params.kind)
    if (!kind) throw data(null, { status: 404 })
    return policies.get(me, { kind, version: String(args.params.version) })
  })

export const meta = title('desk.policies')

export default function Version() {
  const version = useLoaded<typeof loader>()
  const t = useText()
  return (
    <Page
      title={`${t(`desk.policies.kind.${version.kind}`)} ${version.version}`}
      back={{ to: '/desk/policies', title: t('desk.policies') }}
      width="reading"
    >
      <Card>
        <Facts
          of={[
            [t('desk.policies.col.standing'), t(`desk.policies.${version.standing}`)],
            [t('desk.policies.col.from'), <Time key="from" at={version.validFrom} show="day" />],
            version.running !== undefined && [t('desk.policies.col.running'), String(version.running)],
            version.at !== undefined && [
              t('desk.policies.col.by'),
              <span key="by">
                <bdi>{version.by}</bdi> <Time at={version.at} show="absolute" />
              </span>,
            ],
            version.note !== undefined && [t('desk.policies.note'), <bdi key="note">{version.note}</bdi>],
          ]}
        />
      </Card>
      <Card title={t('desk.policies.col.data')}>
        <pre className="rules__data" tabIndex={0} aria-label={t('desk.policies.col.data')}>
          {JSON.stringify(version.data, null, 2)}
        </pre>
      </Card>
    </Page>
  )
}
