import { data, redirect, type ActionFunctionArgs, type LoaderFunctionArgs } from '@remix-run/node'
import { ask } from '../ask.server'
import { useText } from '../texts/use-text'
import { Confirm } from '../ui/confirm'
import { useLoaded } from '../ui/loaded'
import { title } from '../ui/title'

export const loader = async (args: LoaderFunctionArgs) => {
  const { methods } = await ask(args, ({ paying }, me) => paying.methods(me))
  const method = methods.find(({ id }) => id === args.params.methodId)
  if (!method) throw data(null, { status: 404 })
  const others = methods.filter((one) => one !== method)
  const next = others.find(({ preferred }) => preferred) ?? others[0]
  return { label: method.label, kind: method.kind, ...(next ? { next: next.label } : {}) }
}

export const action = async (args: ActionFunctionArgs) => {
  await args.context.requireForm(args.request)
  await ask(args, ({ paying }, me) => paying.remove(me, { methodId: String(args.params.methodId) }))
  return redirect('/account/methods?done=removed', 303)
}

export const meta = title('account.methods')

export default function RemoveMethod() {
  const { label, kind, next } = useLoaded<typeof loader>()
  const t = useText()
  return (
    <Confirm
      title={t('account.methods.remove.title', { label })}
      back={{ to: '/account/methods', title: t('account.methods') }}
      act={t('account.methods.remove')}
      consequence={
        <>
          <p>{t('account.methods.remove.text')}</p>
          {kind === 'sepa-debit' ? <p>{t('account.methods.remove.mandate')}</p> : null}
          <p>{next ? t('account.methods.remove.next', { label: next }) : t('account.methods.remove.last')}</p>
        </>
      }
    />
  )
}
