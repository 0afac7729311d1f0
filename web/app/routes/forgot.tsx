import { getFormProps, useForm } from '@conform-to/react'
import { redirect, type ActionFunctionArgs } from '@remix-run/node'
import { useSearchParams } from '@remix-run/react'
import { z } from 'zod'
import { emailField } from '../../../workflows/policy/people'
import { askWith, wrong } from '../ask.server'
import { parseForm } from '../parse'
import { useText } from '../texts/use-text'
import { Button, ButtonLink } from '../ui/button'
import { Card } from '../ui/card'
import { Field } from '../ui/field'
import { Form, FormErrors } from '../ui/form'
import { useAnswer } from '../ui/loaded'
import { Page } from '../ui/page'
import { SandboxMailbox } from '../ui/sandbox-mailbox'
import { title } from '../ui/title'

const Forgot = z.object({ email: emailField })

export const meta = title('forgot.title')

export async function action(args: ActionFunctionArgs) {
  const form = parseForm(await args.context.requireForm(args.request), Forgot)
  if (form.status !== 'success') return wrong(form)
  const asked = await askWith(args, form, ({ account }, me) => account.forgotPassword(me, form.value))
  return asked.refused ?? redirect('/forgot?sent=1')
}

export default function ForgotPage() {
  const t = useText()
  const lastResult = useAnswer<typeof action>()
  const [query] = useSearchParams()
  const [form, fields] = useForm({
    ...(lastResult ? { lastResult } : {}),
    onValidate: ({ formData }) => parseForm(formData, Forgot),
    shouldRevalidate: 'onInput',
  })
  if (query.has('sent'))
    return (
      <Page title={t('forgot.sent.title')} lead={t('forgot.sent.text')} width="narrow">
        <SandboxMailbox />
        <div>
          <ButtonLink to="/login">{t('shell.login')}</ButtonLink>
        </div>
      </Page>
    )
  return (
    <Page title={t('forgot.title')} lead={t('forgot.text')} back={{ to: '/login', title: t('login.title') }} width="narrow">
      <Card raised>
        <Form {...getFormProps(form)} method="post">
          <FormErrors errors={form.errors} />
          <Field
            field={fields.email}
            label={t('signup.email')}
            type="email"
            autoComplete="username"
            autoCapitalize="none"
            spellCheck={false}
          />
          <Button tone="primary" wide>
            {t('forgot.submit')}
          </Button>
        </Form>
      </Card>
    </Page>
  )
}
