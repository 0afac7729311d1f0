import type { LoaderFunctionArgs } from '@remix-run/node'
import { ask } from '../ask.server'
import { useText } from '../texts/use-text'
import { Card, Facts } from '../ui/card'
import { Icon } from '../ui/icon'
import { useLoaded } from '../ui/loaded'
import { Page } from '../ui/page'
import { Time } from '../ui/time'
import { title } from '../ui/title'

export const loader = (args: LoaderFunctionArgs) =>
  ask(args, async ({ sandbox }, me) => {
    const { html, ...mail } = await sandbox.mail(me, { id: String(args.params.mailId) })
    return { ...mail, hasHtml: html !== '' }
  })

export const meta = title('sandbox.mailbox')

export default function Mail() {
  const mail = useLoaded<typeof loader>()
  const t = useText()
  const at = `/sandbox/mailbox/${mail.id}`
  return (
    <Page title={<bdi>{mail.subject}</bdi>} back={{ to: '/sandbox/mailbox', title: t('sandbox.mailbox') }}>
      <Card>
        <Facts
          of={[
            [t('mail.from'), <bdi key="from">{mail.from}</bdi>],
            [t('mail.to'), <bdi key="to">{mail.to}</bdi>],
            [t('mail.at'), <Time key="at" at={mail.at} />],
            mail.attachments.length > 0 && [
              t('mail.attachments'),
              <ul key="attachments" className="plain-list stack stack--tight">
                {mail.attachments.map(({ filename, size }, index) => (
                  <li key={filename} className="row">
                    <a
                      href={`${at}/attachments/${index}`}
                      className="row"
                      aria-label={t('mail.attachment.open', { name: filename })}
                    >
                      <Icon name="file" size={16} />
                      <bdi>{filename}</bdi>
                    </a>
                    <span className="small soft">{t('mail.size', { kilobytes: Math.max(1, Math.round(size / 1024)) })}</span>
                  </li>
                ))}
              </ul>,
            ],
          ]}
        />
      </Card>
      {mail.hasHtml ? (
        // no scripts, no cookies of ours: whatever stands in the mail
        <iframe
          className="mail"
          title={t('mail.html')}
          src={`${at}/html`}
          sandbox="allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation"
        />
      ) : null}
      <details open={!mail.hasHtml}>
        <summary>{t('mail.text')}</summary>
        <div className="mail-text">{linked(mail.text)}</div>
      </details>
    </Page>
  )
}

/** The text part with its web addresses as links. */
const linked = (text: string) =>
  text.split(/(https?:\/\/[^\s<>"]+)/).map((part, position) =>
    position % 2 === 1 ? (
      <a key={position} href={part}>
        {part}
      </a>
    ) : (
      part
    ),
  )
