import { Outlet } from '@remix-run/react'
import { useText } from '../texts/use-text'
import '../ui/lines.css'
import { WithMenu } from '../ui/page'
import { useMay } from '../ui/viewer'

export default function Sandbox() {
  const t = useText()
  const may = useMay()
  return (
    <WithMenu
      title={t('sandbox.title')}
      entries={[
        { to: '/sandbox', title: t('sandbox.overview'), icon: 'flask', end: true },
        { to: '/sandbox/mailbox', title: t('sandbox.mailbox'), icon: 'mail' },
        { to: '/sandbox/registry', title: t('sandbox.registry'), icon: 'building' },
        { to: '/sandbox/letters', title: t('sandbox.letters'), icon: 'mail' },
        { to: '/sandbox/bank', title: t('sandbox.bank'), icon: 'receipt' },
        ...(may('sandbox') ? [{ to: '/sandbox/clock', title: t('sandbox.clock'), icon: 'clock' as const }] : []),
      ]}
    >
      <Outlet />
    </WithMenu>
  )
}
