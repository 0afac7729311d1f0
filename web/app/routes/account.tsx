import { Outlet } from '@remix-run/react'
import { useText } from '../texts/use-text'
import '../ui/lines.css'
import { WithMenu } from '../ui/page'

export default function Account() {
  const t = useText()
  return (
    <WithMenu
      title={t('account.title')}
      entries={[
        { to: '/account', title: t('account.overview'), icon: 'building', end: true },
        { to: '/account/orders', title: t('account.orders'), icon: 'list', section: 'orders' },
        { to: '/account/names', title: t('account.names'), icon: 'globe', section: 'names' },
        { to: '/account/invoices', title: t('account.invoices'), icon: 'file', section: 'invoices', also: '/account/pay' },
        { to: '/account/balance', title: t('account.balance'), icon: 'building', section: 'invoices', also: '/account/deposit' },
        { to: '/account/methods', title: t('account.methods'), icon: 'lock', section: 'invoices' },
        { to: '/account/forecast', title: t('forecast.title'), icon: 'clock', section: 'invoices' },
        { to: '/account/contacts', title: t('account.contacts'), icon: 'users', section: 'contacts' },
        { to: '/account/tax', title: t('tax.title'), icon: 'receipt', section: 'invoices' },
        { to: '/account/profile', title: t('account.profile'), icon: 'user' },
      ]}
    >
      <Outlet />
    </WithMenu>
  )
}
