import { useText } from '../texts/use-text'
import { ButtonLink } from './button'
import { Notice } from './notice'
import { useViewer } from './viewer'

/** In a test house the mail one waits for lies in the stand-in mailbox. */
export function SandboxMailbox() {
  const t = useText()
  const { sandbox } = useViewer()
  if (!sandbox) return null
  return (
    <Notice tone="info">
      <p>{t('signup.sent.sandbox')}</p>
      <div className="row">
        <ButtonLink to="/sandbox/mailbox" icon="mail">
          {t('signup.sent.mailbox')}
        </ButtonLink>
      </div>
    </Notice>
  )
}
