import type { LoaderFunctionArgs } from '@remix-run/node'
import { ask } from '../ask.server'
import { useText } from '../texts/use-text'
import { ButtonLink } from '../ui/button'
import { Card, Empty } from '../ui/card'
import { useLoaded } from '../ui/loaded'
import { Page } from '../ui/page'
import { RegistryState } from '../ui/registry-state'
import { title } from '../ui/title'

export const loader = (args: LoaderFunctionArgs) => ask(args, ({ sandbox }, me) => sandbox.registries(me, { pageSize: 1 }))

export const meta = title('sandbox.registry')

export default function Registries() {
  const registries = useLoaded<typeof loader>()
  const t = useText()
  return (
    <Page title={t('sandbox.registry')} lead={t('registry.lead')}>
      {registries.length === 0 ? (
        <Empty icon="building" title={t('registry.empty.title')}>
          {t('registry.empty.text')}
        </Empty>
      ) : null}
      <div className="tiles tiles--wide">
        {registries.map((registry) => (
          <Card key={registry.id} title={registry.id}>
            <RegistryState registry={registry} />
            <p className="row">
              {registry.tlds.map((tld) => (
                <span key={tld} className="tag">
                  .{tld}
                </span>
              ))}
            </p>
            <dl className="counts">
              {(['names', 'contacts', 'hosts'] as const).map((what) => (
                <div key={what}>
                  <dt>{t(`registry.${what}`)}</dt>
                  <dd>{registry.counts[what]}</dd>
                </div>
              ))}
              <div>
                <dt>{t('registry.sessions')}</dt>
                <dd>{registry.sessions}</dd>
              </div>
              <div>
                <dt>{t('registry.queue')}</dt>
                <dd>{registry.queue}</dd>
              </div>
            </dl>
            <div>
              <ButtonLink to={`/sandbox/registry/${registry.id}`} aria-label={t('registry.open.long', { id: registry.id })}>
                {t('registry.open')}
              </ButtonLink>
            </div>
          </Card>
        ))}
      </div>
    </Page>
  )
}
