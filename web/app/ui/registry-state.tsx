import type { SandboxRegistryView } from '../../../api/operations/types'
import { useText } from '../texts/use-text'
import { StatusBadge } from './status-badge'

/** How a stand-in registry behaves just now. */
export function RegistryState({ registry }: { registry: SandboxRegistryView }) {
  const t = useText()
  const { up, slowMs, dropAfterActing, answering, pending } = registry
  return (
    <span className="row">
      <StatusBadge tone={up ? 'ok' : 'danger'}>{t(up ? 'registry.up' : 'registry.down')}</StatusBadge>
      {slowMs > 0 ? (
        <StatusBadge tone="warn" icon="clock">
          {t('registry.slow', { seconds: slowMs / 1000 })}
        </StatusBadge>
      ) : null}
      {dropAfterActing > 0 ? (
        <StatusBadge tone="warn" icon="cross">
          {t('registry.drops', { count: dropAfterActing })}
        </StatusBadge>
      ) : null}
      {answering ? (
        <StatusBadge tone="warn" icon="warning">
          {answering.times > 0
            ? t('registry.answers-times', { code: answering.code, count: answering.times })
            : t('registry.answers', { code: answering.code })}
        </StatusBadge>
      ) : null}
      {pending.length > 0 ? <StatusBadge tone="now">{t('registry.waiting', { count: pending.length })}</StatusBadge> : null}
    </span>
  )
}
