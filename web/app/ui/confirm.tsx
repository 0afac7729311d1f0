import type { ReactNode } from 'react'
import { FormActions } from './button'
import { Card } from './card'
import { Form } from './form'
import { Page } from './page'

/**
 * The page before something that can't be taken back: what happens, what it costs, then one button for it and one for leaving. A page,
 * not a dialog, so that it works without JavaScript and can be linked to.
 */
export function Confirm({
  title,
  consequence,
  act,
  back,
  fields,
  danger = true,
}: {
  title: ReactNode
  /** in words and money: what will be done, what comes back, what is lost */
  consequence: ReactNode
  /** the button's words name the deed: "Give up example.de" */
  act: ReactNode
  back: { to: string; title: string }
  /** hidden or visible fields that go with it */
  fields?: ReactNode
  danger?: boolean
}) {
  return (
    <Page title={title} back={back} width="narrow">
      <Card raised>
        <div className="stack">{consequence}</div>
        <Form method="post">
          {fields}
          <FormActions cancel={back.to} tone={danger ? 'danger-full' : 'primary'}>
            {act}
          </FormActions>
        </Form>
      </Card>
    </Page>
  )
}
