import { data, redirect, type ActionFunctionArgs, type LoaderFunctionArgs } from '@remix-run/node'
import { useSearchParams } from '@remix-run/react'
import { z } from 'zod'
import { money } from '../../../workflows/policy/money'
import { ask } from '../ask.server'
import { useText } from '../texts/use-text'
import { Button } from '../ui/button'
import { Card, Empty } from '../ui/card'
import { Field, plainField } from '../ui/field'
import { Form } from '../ui/form'
import { Icon } from '../ui/icon'
import { useLoaded } from '../ui/loaded'
import { Money } from '../ui/money'
import { Flash } from '../ui/notice'
import { Page } from '../ui/page'
import { Table } from '../ui/table'
import { Time } from '../ui/time'
import { title } from '../ui/title'

const Command = z.object({ minutes: z.coerce.number().int().min(1).max(10_000) })

export const loader = (args: LoaderFunctionArgs) => ask(args, ({ sandbox }, me) => sandbox.letters(me))

export const action = async (args: ActionFunctionArgs) => {
  const form = Command.safeParse(Object.fromEntries(await args.context.requireForm(args.request)))
  if (!form.success) throw data(null, { status: 400 })
  await ask(args, ({ sandbox }, me) => sandbox.letterMinutes(me, form.data))
  return redirect('/sandbox/letters?done=passed', 303)
}

export const meta = title('sandbox.letters')

export default function Letters() {
  const letters = useLoaded<typeof loader>()
  const t = useText()
  const [query] = useSearchParams()
  return (
    <Page title={t('sandbox.letters')} lead={t('sandbox.letters.lead')}>
      {query.get('done') === 'passed' ? <Flash>{t('sandbox.letters.passed')}</Flash> : null}
      <Card title={t('sandbox.letters.time')}>
        <Form method="post">
          <Field
            field={plainField('minutes', '30')}
            label={t('sandbox.letters.minutes')}
            hint={t('sandbox.letters.minutes.hint')}
            type="number"
            min={1}
            max={10_000}
          />
          <Button icon="skip">{t('sandbox.letters.minutes.do')}</Button>
        </Form>
      </Card>
      <Table
        caption={t('sandbox.letters')}
        rows={letters}
        rowKey={({ reference }) => reference}
        columns={[
          {
            id: 'to',
            title: t('sandbox.letters.col.to'),
            heads: true,
            cell: ({ to }) => (
              <span className="told">
                {to.map((line, index) => (
                  <bdi key={index} className={index === 0 ? 'reach' : 'small soft reach'}>
                    {line}
                  </bdi>
                ))}
              </span>
            ),
          },
          {
            id: 'progress',
            title: t('sandbox.letters.col.progress'),
            cell: ({ progress }) => t(`document.delivery.progress.${progress}`),
          },
          { id: 'pages', title: t('sandbox.letters.col.pages'), end: true, cell: ({ pages }) => pages },
          { id: 'price', title: t('sandbox.letters.col.price'), end: true, cell: ({ price }) => <Money of={money(price)} /> },
          {
            id: 'at',
            title: t('sandbox.letters.col.at'),
            cell: ({ takenAt }) => <Time at={takenAt} />,
          },
          {
            id: 'file',
            title: '',
            end: true,
            cell: ({ reference }) => (
              <a
                className="button button--small"
                href={`/sandbox/letters/${reference}.pdf`}
                aria-label={t('sandbox.letters.open', { reference })}
              >
                <Icon name="file" size={16} />
                PDF
              </a>
            ),
          },
        ]}
        empty={
          <Empty icon="mail" title={t('sandbox.letters.empty.title')}>
            {t('sandbox.letters.empty.text')}
          </Empty>
        }
      />
    </Page>
  )
}
