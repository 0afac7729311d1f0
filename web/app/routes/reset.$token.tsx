import { getFormProps, useForm } from '@conform-to/react'
import { redirect, type ActionFunctionArgs } from '@remix-run/node'
import { Link, useSearchParams } from '@remix-run/react'
import { z } from 'zod'
import { passwordField } from '../../../workflows/policy/people'
import { askWith, refuse, wrong } from '../ask.server'
import { parseForm } from '../parse'
import { useText } from '../texts/use-text'
import { Button, ButtonLink } from '../ui/button'
import { Card } from '../ui/card'
import { PasswordField } from '../ui/field'
import { Form, FormErrors } from '../ui/form'
import { useAnswer } from '../ui/loaded'
import { Page } from '../ui/page'
import { title } from '../ui/title'

const Reset = z.object({ password: passwordField })

export const meta = title('reset.title')

/** The token must not leave with a link to another house. */
export const headers = () => ({ 'Cache-Control': 'no-store' })

export async function action(args: ActionFunctionArgs) {
  const form = parseForm(await args.context.requireForm(args.request), Reset)
  if (form.status !== 'success') return wrong(form)
  const token = String(args.params.token)
  const asked = await askWith(args, form, ({ account }, me) => account.resetPassword(me, { token, ...form.value }))
  if (asked.refused) return asked.refused
  return asked.answer.kind === 'refused' ? refuse(form, asked.answer.reason, 410) : redirect('/reset/done?done=1')
}

export default function ResetPage() {
  const t = useText()
  const lastResult = useAnswer<typeof action>()
  const [query] = useSearchParams()
  const [form, fields] = useForm({
    ...(lastResult ? { lastResult } : {}),
    onValidate: ({ formData }) => parseForm(formData, Reset),
    shouldRevalidate: 'onInput',
  })
  if (query.has('done'))
    return (
      <Page title={t('reset.done.title')} lead={t('reset.done.text')} width="narrow">
        <div>
          <ButtonLink to="/login" tone="primary">
            {t('shell.login')}
          </ButtonLink>
        </div>
      </Page>
    )
  return (
    <Page title={t('reset.title')} lead={t('reset.text')} width="narrow">
      <Card raised>
        <Form {...getFormProps(form)} method="post">
          <FormErrors errors={form.errors} />
          <PasswordField
            field={fields.password}
            label={t('reset.password')}
            hint={t('signup.password.hint')}
            autoComplete="new-password"
          />
          <Button tone="primary" wide>
            {t('reset.submit')}
          </Button>
        </Form>
      </Card>
      <p className="small">
        <Link to="/forgot">{t('reset.again')}</Link>
      </p>
    </Page>
  )
}
