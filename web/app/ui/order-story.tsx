import type { SubmissionResult } from '@conform-to/react'
import type { ContactView, OrderView } from '../../../api/operations/types'
import { toULabel } from '../../../workflows/policy/names'
import { useText } from '../texts/use-text'
import { ButtonLink } from './button'
import { CaseStory, type Reader } from './case-story'
import { CorrectionForm, isBeyondCorrection, TryAgain } from './correction-form'
import { Filled } from './filled'
import { Money } from './money'
import { Name } from './name'
import { ItemState } from './status-badge'
import { Time } from './time'

const settled = ['registered', 'given-up', 'cancelled']

/** The story of an order: each name with its steps, and what can be done with it now. */
export function OrderStory({
  order,
  reader,
  contacts = [],
  corrected,
  paths,
  headed = true,
}: {
  order: OrderView
  reader: Reader
  contacts?: ContactView[]
  /** the answer to the last correction, and which name it was about */
  corrected?: { itemId: string; result: SubmissionResult } | undefined
  /** where taking back and giving up are confirmed; without them the story is only read */
  paths?: { withdraw?: string; giveUp?: string; correct?: boolean }
  headed?: boolean
}) {
  const t = useText()
  const several = order.items.length > 1
  return (
    <CaseStory
      view={order.case}
      reader={reader}
      headed={headed}
      receipts={order.receipts}
      items={order.items.map((item) => {
        const withdraw = paths?.withdraw && item.canWithdraw && several
        const giveUp = paths?.giveUp && item.canGiveUp
        const shown = toULabel(item.name)
        return {
          id: item.id,
          title: <Name name={item.name} />,
          badge: <ItemState state={item.state} />,
          settled: settled.includes(item.state),
          facts: (
            <>
              <span>{t('account.order.years', { count: item.years })}</span>
              <Money of={item.gross} />
              {item.expiresOn ? (
                <Filled text="account.order.expires" name="day">
                  <Time at={item.expiresOn} show="day" />
                </Filled>
              ) : (
                <span>{t('account.order.holder', { name: item.holder.name })}</span>
              )}
            </>
          ),
          form:
            paths?.correct && item.canCorrect && isBeyondCorrection(item.reason) ? (
              <TryAgain itemId={item.id} />
            ) : paths?.correct && item.canCorrect ? (
              <CorrectionForm
                key={item.id}
                item={item}
                contacts={contacts}
                field={order.case.steps.find((step) => step.item === item.id && step.state === 'parked')?.field}
                lastResult={corrected?.itemId === item.id ? corrected.result : undefined}
              />
            ) : undefined,
          actions:
            withdraw || giveUp ? (
              <>
                {withdraw ? (
                  <ButtonLink
                    size="small"
                    icon="undo"
                    to={`${paths.withdraw}?item=${item.id}`}
                    aria-label={t('account.order.withdraw-item.long', { name: shown })}
                  >
                    {t('account.order.withdraw-item')}
                  </ButtonLink>
                ) : null}
                {giveUp ? (
                  <ButtonLink
                    size="small"
                    tone="danger"
                    icon="cross"
                    to={`${paths.giveUp}?item=${item.id}`}
                    aria-label={t('account.order.give-up.long', { name: shown })}
                  >
                    {t('account.order.give-up')}
                  </ButtonLink>
                ) : null}
              </>
            ) : undefined,
        }
      })}
    />
  )
}
