import type { LoaderFunctionArgs } from '@remix-run/node'
import { useSearchParams } from '@remix-run/react'
import { ask } from '../ask.server'
import { useText } from '../texts/use-text'
import { ButtonLink } from '../ui/button'
import { Empty } from '../ui/card'
import { useCountryName } from '../ui/contact-fields'
import { useLoaded } from '../ui/loaded'
import { Flash } from '../ui/notice'
import { Page } from '../ui/page'
import { Table } from '../ui/table'
import { title } from '../ui/title'
import { useMay } from '../ui/viewer'

export const loader = (args: LoaderFunctionArgs) => ask(args, ({ contacts }, me) => contacts.list(me))

export const meta = title('account.contacts')

export default function Contacts() {
  const contacts = useLoaded<typeof loader>()
  const t = useText()
  const may = useMay()
  const countryName = useCountryName()
  const [query] = useSearchParams()
  const add = may('contacts', 'edit') ? (
    <ButtonLink to="/account/contacts/new" icon="plus" tone={contacts.length === 0 ? 'primary' : 'plain'}>
      {t('account.contacts.new')}
    </ButtonLink>
  ) : undefined
  return (
    <Page title={t('account.contacts')} lead={t('account.contacts.lead')} actions={contacts.length > 0 ? add : undefined}>
      {query.get('done') === 'saved' ? <Flash>{t('account.contacts.saved')}</Flash> : null}
      <Table
        caption={t('account.contacts')}
        rows={contacts}
        rowKey={({ id }) => id}
        columns={[
          {
            id: 'name',
            title: t('contact.name'),
            heads: true,
            cell: ({ name, organisation }) => (
              <span>
                <bdi>{name}</bdi>
                {organisation ? (
                  <span className="soft small">
                    <br />
                    <bdi>{organisation}</bdi>
                  </span>
                ) : null}
              </span>
            ),
          },
          {
            id: 'address',
            title: t('account.profile.address'),
            cell: ({ street, postcode, city, country }) => (
              <span>
                <bdi>{street}</bdi>
                <br />
                <bdi>{`${postcode} ${city}`.trim()}</bdi>, {countryName(country)}
              </span>
            ),
          },
          {
            id: 'reach',
            title: t('contact.email'),
            cell: ({ email, phone }) => (
              <span className="reach">
                {email}
                <br />
                <span className="numbers soft small">{phone}</span>
              </span>
            ),
          },
          {
            id: 'edit',
            title: t('account.contacts.edit'),
            end: true,
            cell: ({ id, name }) =>
              may('contacts', 'edit') ? (
                <ButtonLink
                  size="small"
                  icon="pen"
                  to={`/account/contacts/${id}`}
                  aria-label={t('account.contacts.edit.long', { name })}
                >
                  {t('account.contacts.edit')}
                </ButtonLink>
              ) : null,
          },
        ]}
        empty={
          <Empty icon="users" title={t('account.contacts.empty.title')} action={add}>
            {t('account.contacts.empty.text')}
          </Empty>
        }
      />
    </Page>
  )
}
