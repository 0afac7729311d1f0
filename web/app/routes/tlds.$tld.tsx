import type { LoaderFunctionArgs } from '@remix-run/node'
import { Form as SearchForm } from '@remix-run/react'
import type { ReactNode } from 'react'
import { countryName } from '../../../workflows/policy/countries'
import { toULabel } from '../../../workflows/policy/names'
import { ask } from '../ask.server'
import { useText } from '../texts/use-text'
import { Button } from '../ui/button'
import { Card } from '../ui/card'
import { Icon } from '../ui/icon'
import { useLoaded } from '../ui/loaded'
import { Money } from '../ui/money'
import { Page } from '../ui/page'
import { useSay } from '../ui/say'
import '../ui/shop.css'
import { Time } from '../ui/time'
import { title } from '../ui/title'
import { useViewer } from '../ui/viewer'

export const meta = title<Awaited<ReturnType<typeof loader>>>('tld.title', ({ tld }) => ({ tld: toULabel(tld) }))

export const loader = (args: LoaderFunctionArgs) => ask(args, ({ shop }, me) => shop.tld(me, { tld: String(args.params.tld) }))

export default function OneTld() {
  const t = useText()
  const say = useSay()
  const { language } = useViewer()
  const { tld, net, gross, renewNet, renewGross, rules } = useLoaded<typeof loader>()
  const shown = toULabel(tld)
  const { kinds, countries, why } = rules.holder
  const letters = [...rules.label.idn].join(' ')
  const reserved = rules.label.reserved.slice(0, 8).map((label) => `${toULabel(label)}.${shown}`)
  return (
    <Page
      title={<span className="tld-title">.{shown}</span>}
      lead={t('tld.lead')}
      back={{ to: '/prices', title: t('prices.title') }}
    >
      <SearchForm action="/" role="search" className="search">
        <label className="aloud" htmlFor="q">
          {t('tld.search', { tld: shown })}
        </label>
        <Icon name="search" size={22} />
        <input
          id="q"
          name="q"
          type="search"
          placeholder={t('tld.search', { tld: shown })}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          maxLength={400}
          required
        />
        <input type="hidden" name="tld" value={tld} />
        <Button tone="primary">{t('search.submit')}</Button>
      </SearchForm>
      <div className="split">
        <Card title={t('tld.rules')}>
          <dl className="qa">
            <Question asks={t('tld.who')}>
              <p>
                {t(
                  kinds.length > 1 ? 'tld.who.anyone' : kinds[0] === 'individual' ? 'tld.who.individual' : 'tld.who.organisation',
                )}
              </p>
              <p suppressHydrationWarning>
                {countries
                  ? t('tld.who.countries', { countries: countries.map((code) => countryName(code, language)).join(', ') })
                  : t('tld.who.anywhere')}
              </p>
              {why ? <p className="soft">{say(why)}</p> : null}
            </Question>
            <Question asks={t('tld.label')}>
              <p>{t('tld.label.length', { min: rules.label.min, max: rules.label.max })}</p>
              <p>{letters ? t('tld.label.idn', { letters }) : t('tld.label.ascii')}</p>
              {reserved.length > 0 ? <p>{t('tld.label.reserved', { names: reserved.join(', ') })}</p> : null}
            </Question>
            <Question asks={t('tld.years')}>
              <p>
                {rules.years.min === rules.years.max
                  ? t('tld.years.one', { count: rules.years.min })
                  : t('tld.years.range', { min: rules.years.min, max: rules.years.max })}
              </p>
            </Question>
            <Question asks={t('tld.extra')}>
              {rules.extra.length === 0 ? (
                <p>{t('tld.extra.none')}</p>
              ) : (
                <ul>
                  {rules.extra.map((field) => (
                    <li key={field.id}>
                      {say(field.title)}
                      {field.required ? '' : ` (${t('form.optional')})`}
                      {field.for ? ` – ${t(`tld.extra.for-${field.for}`)}` : ''}
                      {field.hint ? <span className="small soft"> – {say(field.hint)}</span> : null}
                    </li>
                  ))}
                </ul>
              )}
            </Question>
            <Question asks={t('tld.when')}>
              <p>{t(rules.pendingCreate ? 'tld.when.pending' : 'tld.when.at-once')}</p>
            </Question>
            {rules.notes.length > 0 ? (
              <Question asks={t('tld.notes')}>
                {rules.notes.map((note) => (
                  <p key={note.key}>{say(note)}</p>
                ))}
              </Question>
            ) : null}
          </dl>
          <p className="small soft">
            <Since text={t('tld.rules.since', { day: '\u0001' })} day={rules.validFrom} />
          </p>
        </Card>
        <aside>
          <Card title={t('tld.price')} raised>
            <div>
              <p className="price-big">
                <Money of={gross} />
              </p>
              <p className="soft">{t('tld.price.register')}</p>
              <Net text={t('tld.price.net', { amount: '\u0001' })} of={net} />
            </div>
            <hr />
            <div>
              <p className="strong">
                <Money of={renewGross} />
              </p>
              <p className="soft">{t('tld.price.renew')}</p>
              <Net text={t('tld.price.net', { amount: '\u0001' })} of={renewNet} />
            </div>
            <p className="small soft">{t('search.with-vat')}</p>
          </Card>
        </aside>
      </div>
    </Page>
  )
}

const Question = ({ asks, children }: { asks: string; children: ReactNode }) => (
  <div>
    <dt className="strong">{asks}</dt>
    <dd className="stack stack--tight">{children}</dd>
  </div>
)

function Since({ text, day }: { text: string; day: string }) {
  const [before, after] = text.split('\u0001')
  return (
    <>
      {before}
      <Time at={day} show="day" />
      {after}
    </>
  )
}

function Net({ text, of }: { text: string; of: { amount: number; currency: string } }) {
  const [before, after] = text.split('\u0001')
  return (
    <p className="small soft">
      {before}
      <Money of={of} />
      {after}
    </p>
  )
}
