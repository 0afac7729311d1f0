import { getFormProps, useForm } from '@conform-to/react'
import { redirect, type ActionFunctionArgs, type LoaderFunctionArgs } from '@remix-run/node'
import { Link, useSearchParams } from '@remix-run/react'
import { z } from 'zod'
import { askWith, refuse, wrong } from '../ask.server'
import { begin } from '../session.server'
import { parseForm } from '../parse'
import { useText } from '../texts/use-text'
import { Button } from '../ui/button'
import { Card } from '../ui/card'
import { Field } from '../ui/field'
import { Form, FormErrors } from '../ui/form'
import { useAnswer } from '../ui/loaded'
import { Page } from '../ui/page'
import { title } from '../ui/title'

const Code = z.object({
  code: z
    .string({ error: 'field.required' })
    .transform((typed) => typed.replace(/\s/gu, ''))
    .pipe(z.string().regex(/^\d{6}$/, 'field.format')),
  next: z.string().optional(),
})

export const meta = title('login.totp.title')

/** Without a password given just before there is nothing to complete. */
export const loader = ({ context }: LoaderFunctionArgs) => (context.pendingLogin ? null : redirect('/login'))

export async function action(args: ActionFunctionArgs) {
  const form = parseForm(await args.context.requireForm(args.request), Code)
  const token = args.context.pendingLogin
  if (!token) return redirect('/login')
  if (form.status !== 'success') return wrong(form)
  const { code, next } = form.value
  const asked = await askWith(args, form, ({ account }, me) => account.loginTotp(me, { token, code }))
  if (asked.refused) return asked.refused
  const answer = asked.answer
  if (answer.kind === 'refused') return refuse(form, answer.reason, answer.retryAfterSeconds ? 429 : 400)
  return begin(args, answer.session, answer.staff, next ?? null)
}

export default function SecondStep() {
  const t = useText()
  const lastResult = useAnswer<typeof action>()
  const [query] = useSearchParams()
  const [form, fields] = useForm({
    ...(lastResult ? { lastResult } : {}),
    onValidate: ({ formData }) => parseForm(formData, Code),
  })
  return (
    <Page title={t('login.totp.title')} lead={t('login.totp.text')} width="narrow">
      <Card raised>
        <Form {...getFormProps(form)} method="post">
          <FormErrors errors={form.errors} />
          <input type="hidden" name="next" value={query.get('next') ?? ''} />
          <Field
            field={fields.code}
            label={t('login.totp.code')}
            inputMode="numeric"
            autoComplete="one-time-code"
            maxLength={9}
            autoFocus
          />
          <Button tone="primary" wide>
            {t('login.submit')}
          </Button>
        </Form>
      </Card>
      <p>
        <Link to="/login">{t('login.totp.again')}</Link>
      </p>
    </Page>
  )
}
