import type { FormProps } from '@remix-run/react'
import type { ReactNode } from 'react'
import type { Money as Amount } from '../../../workflows/policy/money'
import type { Said } from '../../../workflows/policy/said'
import { useText } from '../texts/use-text'
import { Button, ButtonLink } from './button'
import { Card, Facts } from './card'
import { TextArea, type FieldState } from './field'
import { Form, FormErrors } from './form'
import { Money } from './money'
import { Page } from './page'
import { useSay } from './say'

/** Before a name is given up: why it stands, what comes back and how, then the reason and one button for the deed. */
export function GiveUp({
  title,
  back,
  reason,
  money,
  moneyWord,
  how,
  form,
  errors,
  field,
  hint,
  keep,
}: {
  title: ReactNode
  back: { to: string; title: string }
  reason?: Said
  money: Amount
  /** You get back / Goes back to the customer */
  moneyWord: string
  how?: Said
  form: FormProps
  errors?: string[] | undefined
  field: FieldState
  hint: string
  keep: string
}) {
  const t = useText()
  const say = useSay()
  return (
    <Page title={title} back={back} width="narrow">
      <Card raised>
        <p>{t('account.give-up.lead')}</p>
        <Facts
          of={[
            reason && [t('account.give-up.why'), say(reason)],
            [
              moneyWord,
              <span key="money" className="stack stack--tight">
                <span className="strong">
                  <Money of={money} />
                </span>
                {how ? <span className="small soft">{say(how)}</span> : null}
              </span>,
            ],
          ]}
        />
        <Form {...form} method="post">
          <FormErrors errors={errors} />
          <TextArea field={field} label={t('account.give-up.reason')} hint={hint} minLength={10} maxLength={2000} rows={3} />
          <div className="form__actions">
            <Button tone="danger-full">{t('account.give-up.confirm')}</Button>
            <ButtonLink tone="quiet" to={back.to}>
              {keep}
            </ButtonLink>
          </div>
        </Form>
      </Card>
    </Page>
  )
}
