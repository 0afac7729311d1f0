import { getFormProps, useForm } from '@conform-to/react'
import { data, redirect, type ActionFunctionArgs, type LoaderFunctionArgs } from '@remix-run/node'
import type { z } from 'zod'
import { Contact } from '../../../workflows/policy/people'
import { ask, askWith, wrong } from '../ask.server'
import { parseForm } from '../parse'
import { useText } from '../texts/use-text'
import { FormActions } from '../ui/button'
import { Card } from '../ui/card'
import { ContactFields } from '../ui/contact-fields'
import { Form, FormErrors } from '../ui/form'
import { useAnswer, useLoaded } from '../ui/loaded'
import { Page } from '../ui/page'
import { title } from '../ui/title'

/** /account/contacts/new begins a contact, any other id edits one. */
export const loader = async (args: LoaderFunctionArgs) => {
  const contacts = await ask(args, ({ contacts }, me) => contacts.list(me))
  if (args.params.contactId === 'new') return { contact: undefined }
  const contact = contacts.find(({ id }) => id === args.params.contactId)
  if (!contact) throw data(null, { status: 404 })
  return { contact }
}

export const action = async (args: ActionFunctionArgs) => {
  const form = parseForm(await args.context.requireForm(args.request), Contact)
  if (form.status !== 'success') return wrong(form)
  const { refused } = await askWith(args, form, ({ contacts }, me) =>
    args.params.contactId === 'new'
      ? contacts.create(me, form.value)
      : contacts.change(me, { ...form.value, id: String(args.params.contactId) }),
  )
  return refused ?? redirect('/account/contacts?done=saved', 303)
}

export const meta = title('account.contacts')

export default function EditContact() {
  const { contact } = useLoaded<typeof loader>()
  const lastResult = useAnswer<typeof action>()
  const t = useText()
  const [form, fields] = useForm<z.input<typeof Contact>>({
    id: 'contact',
    ...(lastResult ? { lastResult } : {}),
    ...(contact ? { defaultValue: contact } : {}),
  })
  const wrongFields = Object.values(form.allErrors).length
  return (
    <Page
      title={contact ? t('account.contacts.edit.long', { name: contact.name }) : t('account.contacts.new')}
      back={{ to: '/account/contacts', title: t('account.contacts') }}
      width="narrow"
    >
      <Card>
        <Form {...getFormProps(form)} method="post" noValidate={false}>
          <FormErrors errors={form.errors} fields={wrongFields} />
          <ContactFields fields={fields} />
          <FormActions cancel="/account/contacts">{t('account.contacts.save')}</FormActions>
        </Form>
      </Card>
    </Page>
  )
}
