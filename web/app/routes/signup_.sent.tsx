import { getFormProps, useForm } from '@conform-to/react'
import { redirect, type ActionFunctionArgs } from '@remix-run/node'
import { useSearchParams } from '@remix-run/react'
import { z } from 'zod'
import { emailField } from '../../../workflows/policy/people'
import { askWith, wrong } from '../ask.server'
import { parseForm } from '../parse'
import { useText } from '../texts/use-text'
import { Button } from '../ui/button'
import { Card } from '../ui/card'
import { Field } from '../ui/field'
import { Form, FormErrors } from '../ui/form'
import { useAnswer } from '../ui/loaded'
import { Flash } from '../ui/notice'
import { Page, Way } from '../ui/page'
import { SandboxMailbox } from '../ui/sandbox-mailbox'
import { title } from '../ui/title'

const Again = z.object({ email: emailField })

export const meta = title('signup.sent.title')

export async function action(args: ActionFunctionArgs) {
  const form = parseForm(await args.context.requireForm(args.request), Again)
  if (form.status !== 'success') return wrong(form)
  const asked = await askWith(args, form, ({ account }, me) => account.resendVerification(me, form.value))
  return asked.refused ?? redirect('/signup/sent?again=1')
}

export default function Sent() {
  const t = useText()
  const lastResult = useAnswer<typeof action>()
  const [query] = useSearchParams()
  const [form, fields] = useForm({
    ...(lastResult ? { lastResult } : {}),
    onValidate: ({ formData }) => parseForm(formData, Again),
  })
  return (
    <Page title={t('signup.sent.title')} lead={t('signup.sent.text')} width="narrow">
      <Way label={t('signup.way')} at={2} steps={[t('signup.way.kind'), t('signup.way.data'), t('signup.way.mail')]} />
      <Flash>{query.has('again') ? t('signup.sent.done') : null}</Flash>
      <SandboxMailbox />
      <Card title={t('signup.sent.nothing')}>
        <p className="soft">{t('signup.sent.nothing.text')}</p>
        <Form {...getFormProps(form)} method="post">
          <FormErrors errors={form.errors} />
          <Field
            field={fields.email}
            label={t('signup.email')}
            type="email"
            autoComplete="email"
            autoCapitalize="none"
            spellCheck={false}
          />
          <div className="form__actions">
            <Button>{t('signup.sent.again')}</Button>
          </div>
        </Form>
      </Card>
    </Page>
  )
}
