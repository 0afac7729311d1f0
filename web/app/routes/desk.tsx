import { Outlet } from '@remix-run/react'
import { useText } from '../texts/use-text'
import '../ui/lines.css'
import { WithMenu } from '../ui/page'

export default function Desk() {
  const t = useText()
  return (
    <WithMenu
      dense
      title={t('desk.title')}
      entries={[
        { to: '/desk', title: t('desk.overview'), icon: 'desk', end: true },
        { to: '/desk/clearing', title: t('desk.clearing'), icon: 'eye', section: 'clearing' },
        { to: '/desk/cases', title: t('desk.cases'), icon: 'list', section: 'cases' },
        { to: '/desk/orders', title: t('desk.orders'), icon: 'cart', section: 'orders' },
        { to: '/desk/customers', title: t('desk.customers'), icon: 'users', section: 'customers' },
        { to: '/desk/names', title: t('desk.names'), icon: 'globe', section: 'names' },
        { to: '/desk/invoices', title: t('desk.invoices'), icon: 'file', section: 'invoices' },
        { to: '/desk/billing', title: t('desk.billing'), icon: 'receipt', section: 'books', also: '/desk/plans' },
        { to: '/desk/dunning', title: t('desk.dunning'), icon: 'bell', section: 'books' },
        { to: '/desk/policies', title: t('desk.policies'), icon: 'pen', section: 'books', also: '/desk/base-rates' },
        { to: '/desk/books', title: t('desk.books'), icon: 'book', section: 'books' },
        { to: '/desk/collections', title: t('desk.collections'), icon: 'clock', section: 'books' },
        { to: '/desk/payments', title: t('desk.payments'), icon: 'lock', section: 'books', also: '/desk/disputes' },
        { to: '/desk/bank', title: t('desk.bank'), icon: 'building', section: 'books' },
        { to: '/desk/exports', title: t('desk.exports'), icon: 'down', section: 'books' },
        { to: '/desk/checks', title: t('desk.checks'), icon: 'check', section: 'cases' },
        { to: '/desk/audit', title: t('desk.audit'), icon: 'book', section: 'audit' },
        { to: '/desk/deliveries', title: t('desk.sendings'), icon: 'mail', section: 'deliveries' },
      ]}
    >
      <Outlet />
    </WithMenu>
  )
}
