import type { TaxView } from '../../../api/operations/tax-types'
import { useText } from '../texts/use-text'
import { Button } from './button'
import { Card, Facts } from './card'
import { Field, plainField, Select } from './field'
import { Form } from './form'
import { useSay } from './say'
import { StatusBadge } from './status-badge'
import { Table } from './table'
import { Time } from './time'

const tones = { none: 'idle', unverified: 'warn', valid: 'ok', invalid: 'danger' } as const

/** A customer's VAT id with what VIES said, and its currency. `wrong`: what is wrong with the number that was sent. */
export function Tax({
  of,
  edits,
  wrong,
  given,
}: {
  of: TaxView
  edits: boolean
  wrong?: string[] | undefined
  given?: string | undefined
}) {
  const t = useText()
  const say = useSay()
  return (
    <>
      <Card title={t('tax.vat-id')} actions={<StatusBadge tone={tones[of.state]}>{t(`tax.state.${of.state}`)}</StatusBadge>}>
        <p>{say(of.note)}</p>
        <Facts
          of={[
            of.vatId !== undefined && [t('tax.vat-id'), <code key="id">{of.vatId}</code>],
            of.checkedAt !== undefined && [t('tax.checked'), <Time key="at" at={of.checkedAt} show="absolute" />],
            of.consultation !== undefined && [t('tax.consultation'), <code key="no">{of.consultation}</code>],
          ]}
        />
        {of.state === 'unverified' ? <p className="soft">{t('tax.unverified.text')}</p> : null}
        {of.state === 'invalid' ? <p>{t('tax.invalid.text')}</p> : null}
        {edits && of.company ? (
          <Form method="post">
            <Field
              field={plainField('vatId', given ?? of.vatId ?? '', wrong)}
              label={t('tax.vat-id')}
              hint={t('tax.vat-id.hint')}
              optional
              autoComplete="off"
            />
            <div className="row">
              <Button tone="primary" name="intent" value="vat-id">
                {t('tax.vat-id.save')}
              </Button>
              {of.vatId ? (
                <Button name="intent" value="ask">
                  {t('tax.ask')}
                </Button>
              ) : null}
            </div>
          </Form>
        ) : null}
        {of.checks.length > 0 ? (
          <Table
            caption={t('tax.checks')}
            showCaption
            rows={of.checks}
            rowKey={({ at }) => at}
            columns={[
              { id: 'at', title: t('tax.checked'), cell: ({ at }) => <Time at={at} show="absolute" /> },
              { id: 'id', title: t('tax.vat-id'), heads: true, cell: ({ vatId }) => <code>{vatId}</code> },
              {
                id: 'answer',
                title: t('tax.answer'),
                cell: ({ answer, reason }) => (
                  <span className="told">
                    {t(`tax.answer.${answer}`)}
                    {reason ? <code className="small soft">{reason}</code> : null}
                  </span>
                ),
              },
              { id: 'name', title: t('tax.name'), cell: ({ name }) => (name ? <bdi>{name}</bdi> : null) },
              {
                id: 'no',
                title: t('tax.consultation'),
                cell: ({ consultation }) => (consultation ? <code className="small">{consultation}</code> : null),
              },
            ]}
          />
        ) : null}
      </Card>
      <Card title={t('tax.currency')}>
        <p>{t('tax.currency.text')}</p>
        {edits ? (
          <Form method="post">
            <Select
              field={plainField('currency', of.currency)}
              label={t('tax.currency')}
              options={of.currencies.map((value) => ({ value, title: value }))}
            />
            <div>
              <Button name="intent" value="currency">
                {t('tax.currency.save')}
              </Button>
            </div>
          </Form>
        ) : (
          <p>{of.currency}</p>
        )}
      </Card>
    </>
  )
}
