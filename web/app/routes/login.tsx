import { getFormProps, useForm } from '@conform-to/react'
import { redirect, type ActionFunctionArgs, type LoaderFunctionArgs } from '@remix-run/node'
import { Link, useSearchParams } from '@remix-run/react'
import { z } from 'zod'
import { askWith, refuse, safeNext, wrong } from '../ask.server'
import { begin } from '../session.server'
import { parseForm } from '../parse'
import { useText } from '../texts/use-text'
import { Button } from '../ui/button'
import { Card } from '../ui/card'
import { Field, PasswordField } from '../ui/field'
import { Form, FormErrors } from '../ui/form'
import { useAnswer } from '../ui/loaded'
import { Notice } from '../ui/notice'
import { Page } from '../ui/page'
import { title } from '../ui/title'
import { useViewer } from '../ui/viewer'

const Login = z.object({
  email: z.string({ error: 'field.required' }).trim().min(1, 'field.required').max(254, 'field.too-long'),
  password: z.string({ error: 'field.required' }).min(1, 'field.required').max(1024, 'field.too-long'),
  next: z.string().optional(),
})

export const meta = title('login.title')

export function loader({ request, context }: LoaderFunctionArgs) {
  const next = safeNext(new URL(request.url).searchParams.get('next'), context.principal.kind === 'staff' ? '/desk' : '/account')
  return context.principal.kind === 'visitor' ? null : redirect(next)
}

export async function action(args: ActionFunctionArgs) {
  const form = parseForm(await args.context.requireForm(args.request), Login)
  if (form.status !== 'success') return wrong(form)
  const { email, password, next } = form.value
  const userAgent = args.request.headers.get('user-agent')?.slice(0, 300)
  const asked = await askWith(args, form, ({ account }, me) => account.login(me, { email, password, userAgent }))
  if (asked.refused) return asked.refused
  const answer = asked.answer
  switch (answer.kind) {
    case 'in':
      return begin(args, answer.session, answer.staff, next ?? null)
    case 'totp':
      return redirect(`/login/totp${next ? `?${new URLSearchParams({ next }).toString()}` : ''}`, {
        headers: { 'Set-Cookie': args.context.cookies.keepPendingLogin(answer.session) },
      })
    case 'refused':
      return refuse(form, answer.reason, answer.retryAfterSeconds ? 429 : 400)
  }
}

export default function LoginPage() {
  const t = useText()
  const lastResult = useAnswer<typeof action>()
  const [query] = useSearchParams()
  const { sandbox } = useViewer()
  const next = query.get('next') ?? ''
  const [form, fields] = useForm({
    ...(lastResult ? { lastResult } : {}),
    onValidate: ({ formData }) => parseForm(formData, Login),
    shouldRevalidate: 'onInput',
  })
  return (
    <Page title={t('login.title')} width="narrow">
      {next.startsWith('/checkout') ? <Notice tone="info">{<p>{t('login.for-cart')}</p>}</Notice> : null}
      <Card raised>
        <Form {...getFormProps(form)} method="post">
          <FormErrors errors={form.errors} />
          <input type="hidden" name="next" value={next} />
          <Field
            field={fields.email}
            label={t('signup.email')}
            type="email"
            autoComplete="username"
            autoCapitalize="none"
            spellCheck={false}
          />
          <div className="stack stack--tight">
            <PasswordField field={fields.password} label={t('signup.password')} autoComplete="current-password" />
            <Link to="/forgot" className="small">
              {t('login.forgot')}
            </Link>
          </div>
          <Button tone="primary" wide>
            {t('login.submit')}
          </Button>
        </Form>
      </Card>
      <p className="soft">
        {t('login.new')}{' '}
        <Link to={next ? `/signup?${new URLSearchParams({ next }).toString()}` : '/signup'}>{t('shell.signup')}</Link>
      </p>
      {sandbox ? <p className="small soft">{t('login.demo')}</p> : null}
    </Page>
  )
}
