import { getFormProps, useForm, type SubmissionResult } from '@conform-to/react'
import { data, redirect, type ActionFunctionArgs, type LoaderFunctionArgs } from '@remix-run/node'
import { Link, useSearchParams, type ShouldRevalidateFunctionArgs } from '@remix-run/react'
import { useRef, useState, type FormEvent } from 'react'
import { z } from 'zod'
import type { CartView, ContactInput, ContactView, OrderWays } from '../../../api/operations/types'
import { Contact } from '../../../workflows/policy/people'
import type { Said } from '../../../workflows/policy/said'
import { checkItem, extraFieldsFor } from '../../../workflows/policy/tld-rules'
import { ask, askQuietly, askWith, loginFor, refuse, wrong } from '../ask.server'
import { message } from '../message'
import { parseForm } from '../parse'
import { useText } from '../texts/use-text'
import { Button, ButtonLink } from '../ui/button'
import { Card } from '../ui/card'
import { CartSums, shownGross } from '../ui/cart-sums'
import { ContactFields } from '../ui/contact-fields'
import { ExtraQuestion } from '../ui/extra-question'
import { Checkbox, plainField, Select } from '../ui/field'
import { FieldGroup, Form, FormErrors } from '../ui/form'
import { useAnswer, useLoaded } from '../ui/loaded'
import { Money } from '../ui/money'
import { Name } from '../ui/name'
import { Notice } from '../ui/notice'
import { Page, Way } from '../ui/page'
import { useSay } from '../ui/say'
import { useScript } from '../ui/script'
import '../ui/shop.css'
import { title } from '../ui/title'
import { WaysToPay } from '../ui/ways-to-pay'

type Item = CartView['items'][number]

const ForAll = z.object({ holderContactId: z.string({ error: 'field.required' }).min(1, 'field.required') })
const Place = z.object({
  terms: z.literal('on', { error: 'field.terms' }),
  cartId: z.string().max(100).optional(),
  // what is on the page: the names, the sum and its currency
  names: z.string().max(30_000).optional(),
  gross: z.coerce.number().int().optional(),
  currency: z.string().max(3).optional(),
  method: z.string().max(60).optional(),
})

export const meta = title('checkout.title')

export async function loader(args: LoaderFunctionArgs) {
  const { kind } = args.context.principal
  if (kind === 'visitor') throw redirect(loginFor(args.request))
  if (kind === 'staff') return { kind: 'staff' as const }
  const [cart, book] = await Promise.all([
    ask(args, (operations, me) => operations.cart.get(me)),
    // a sub-user may order without a right to the address book: then holders are chosen by somebody else
    askQuietly(args, ({ contacts }, me) => contacts.list(me)),
  ])
  if (cart.items.length === 0) throw redirect('/cart')
  const contacts = 'answer' in book ? book.answer : []
  // the first contact is mostly the customer: filled in from their own data
  const profile = contacts.length === 0 ? await askQuietly(args, ({ account }, me) => account.profile(me)) : undefined
  const customer = profile && 'answer' in profile ? profile.answer.customer : undefined
  const first: Partial<ContactInput> = customer
    ? {
        name: `${customer.firstName} ${customer.lastName}`,
        organisation: customer.organisation,
        street: customer.street,
        postcode: customer.postcode,
        city: customer.city,
        country: customer.country,
        email: customer.email,
        phone: customer.phone,
      }
    : {}
  const review = new URL(args.request.url).searchParams.get('step') === 'review'
  const ways = review ? await askQuietly(args, ({ orders }, me) => orders.ways(me, { currency: cart.gross.currency })) : undefined
  return {
    ...{ kind: 'customer' as const, cart, contacts, first, mayWriteContacts: 'answer' in book },
    ...(ways && 'answer' in ways ? { ways: ways.answer } : {}),
  }
}

export async function action(args: ActionFunctionArgs) {
  const form = await args.context.requireForm(args.request)
  switch (form.get('intent')) {
    case 'contact':
      return newContact(args, form)
    case 'for-all':
      return forAll(args, form)
    case 'place':
      return place(args, form)
    default:
      return holders(args, form)
  }
}

/** Refused because the cart is not as it was: then it is shown as it is now. */
export const shouldRevalidate = ({ actionStatus, defaultShouldRevalidate }: ShouldRevalidateFunctionArgs) =>
  actionStatus === 409 || defaultShouldRevalidate

const cartOf = (args: ActionFunctionArgs) => ask(args, ({ cart }, me) => cart.get(me))

/** Holder and answers of every name: kept even while something is missing, so that nothing typed is lost. */
async function holders(args: ActionFunctionArgs, form: FormData) {
  let cart = await cartOf(args)
  for (const item of cart.items) {
    const holder = form.get(`holder.${item.id}`)
    const extra = Object.fromEntries(
      item.rules.extra
        .filter(({ id }) => form.has(`asked.${item.id}.${id}`))
        .map(({ id }) => [id, String(form.get(`extra.${item.id}.${id}`) ?? '').slice(0, 2000)]),
    )
    const holderContactId = typeof holder === 'string' && holder !== '' ? holder : undefined
    cart = await ask(args, (operations, me) => operations.cart.change(me, { itemId: item.id, holderContactId, extra }))
  }
  if (cart.items.some(({ problems }) => Object.keys(problems).length > 0))
    return data({ intent: 'holders' as const, checked: true as const }, { status: 400 })
  return redirect('/checkout?step=review')
}

async function forAll(args: ActionFunctionArgs, form: FormData) {
  const chosen = parseForm(form, ForAll)
  if (chosen.status !== 'success') return redirect('/checkout')
  for (const { id } of (await cartOf(args)).items)
    await ask(args, ({ cart }, me) => cart.change(me, { itemId: id, holderContactId: chosen.value.holderContactId }))
  return redirect('/checkout')
}

async function newContact(args: ActionFunctionArgs, form: FormData) {
  const submission = parseForm(form, Contact)
  if (submission.status !== 'success') return asReply('contact', wrong(submission))
  const asked = await askWith(args, submission, ({ contacts }, me) => contacts.create(me, submission.value))
  if (asked.refused) return asReply('contact', asked.refused)
  for (const item of (await cartOf(args)).items.filter(({ holderContactId }) => !holderContactId))
    await ask(args, ({ cart }, me) => cart.change(me, { itemId: item.id, holderContactId: asked.answer.id }))
  return redirect('/checkout')
}

async function place(args: ActionFunctionArgs, form: FormData) {
  const submission = parseForm(form, Place)
  if (submission.status !== 'success') return asReply('place', wrong(submission))
  const { cartId, method, names, gross, currency } = submission.value
  const seen = names !== undefined && gross !== undefined && currency !== undefined
  const asked = await askWith(args, submission, ({ orders }, me) =>
    orders.place(me, {
      ...{ acceptTerms: true, idempotencyKey: cartId },
      ...(seen ? { shown: { names: names.split(' '), gross, currency } } : {}),
      ...(method ? { method } : {}),
    }),
  )
  if (asked.refused) return asReply('place', asked.refused)
  // the cart is as it is, but not as it was when the customer looked at it: a conflict, not a wrong field
  if (asked.answer.kind === 'refused') return asReply('place', refuse(submission, asked.answer.reason, 409))
  const { orderId, paid } = asked.answer
  if (paid?.kind === 'pay-at') return redirect(paid.url, 303)
  return redirect(`/account/orders/${orderId}${paid?.kind === 'refused' ? '?done=unpaid' : ''}`)
}

/** Several forms on one page: the answer says which it is for. */
const asReply = <Intent extends 'contact' | 'place'>(intent: Intent, answer: ReturnType<typeof wrong>) =>
  data({ intent, reply: answer.data }, answer.init ?? {})

export default function Checkout() {
  const t = useText()
  const loaded = useLoaded<typeof loader>()
  const [query] = useSearchParams()
  if (loaded.kind === 'staff')
    return (
      <Page title={t('checkout.staff.title')} lead={t('checkout.staff.text')} width="reading">
        <div>
          <ButtonLink to="/desk" tone="primary">
            {t('shell.desk')}
          </ButtonLink>
        </div>
      </Page>
    )
  const review = query.get('step') === 'review'
  const way = [t('checkout.way.cart'), t('checkout.way.holder'), t('checkout.way.review')]
  return (
    <Page
      title={t(review ? 'checkout.review.title' : 'checkout.holder.title')}
      lead={t(review ? 'checkout.review.lead' : 'checkout.holder.lead')}
    >
      <Way label={t('checkout.way')} steps={way} at={review ? 2 : 1} />
      {review ? <Review {...loaded} /> : <Holders {...loaded} />}
    </Page>
  )
}

// ───────────────────────────── holder and answers ─────────────────────────────

const called = ({ name, organisation, city }: ContactView): string =>
  [organisation ? `${organisation} (${name})` : name, city].join(', ')

function Holders({
  cart,
  contacts,
  first,
  mayWriteContacts,
}: {
  cart: CartView
  contacts: ContactView[]
  first: Partial<ContactInput>
  mayWriteContacts: boolean
}) {
  const t = useText()
  const answer = useAnswer<typeof action>()
  const reply = answer?.intent === 'contact' ? answer.reply : undefined
  const [tried, setTried] = useState(false)
  const script = useScript()
  const checked = tried || answer?.intent === 'holders'
  if (contacts.length === 0)
    return (
      <div className="split">
        <Card raised title={t('checkout.holder.first.title')}>
          <p className="soft">{t('checkout.holder.first.lead')}</p>
          <ContactForm initial={first} reply={reply} />
        </Card>
        <Aside cart={cart} />
      </div>
    )
  const submit = (event: FormEvent<HTMLFormElement>) => {
    const form = event.currentTarget
    setTried(true)
    if (cart.items.every((item) => Object.keys(problemsIn(form, item, contacts)).length === 0)) return
    event.preventDefault()
    requestAnimationFrame(() => form.querySelector<HTMLElement>('[aria-invalid=true]')?.focus())
  }
  return (
    <div className="split">
      <div className="stack stack--roomy">
        {cart.items.length > 1 && contacts.length > 0 ? <OneForAll contacts={contacts} items={cart.items} /> : null}
        <Form method="post" onSubmit={submit} noValidate={script} className="stack">
          {cart.items.map((item) => (
            <ItemCard key={`${item.id} ${item.holderContactId ?? ''}`} item={item} contacts={contacts} checked={checked} />
          ))}
          <div className="form__actions">
            <Button tone="primary" size="big" name="intent" value="holders">
              {t('checkout.next')}
            </Button>
            <ButtonLink tone="quiet" to="/cart">
              {t('checkout.back')}
            </ButtonLink>
          </div>
        </Form>
        {mayWriteContacts ? (
          // one more contact: the form has done its work, and is empty and closed again
          <details className="card" key={contacts.length} open={reply !== undefined}>
            <summary className="strong">{t('checkout.holder.new')}</summary>
            <p className="soft">{t('checkout.holder.new.lead')}</p>
            <ContactForm initial={{ country: first.country ?? contacts[0]?.country ?? 'DE' }} reply={reply} />
          </details>
        ) : null}
      </div>
      <Aside cart={cart} />
    </div>
  )
}

const Aside = ({ cart }: { cart: CartView }) => {
  const t = useText()
  return (
    <aside>
      <Card title={t('cart.summary')}>
        <ul className="plain-list stack stack--tight small">
          {cart.items.map((item) => (
            <li key={item.id} className="row row--between">
              <Name name={item.name} />
              <Money of={item.newGross ?? item.gross} />
            </li>
          ))}
        </ul>
        <hr />
        <CartSums cart={cart} />
      </Card>
    </aside>
  )
}

function OneForAll({ contacts, items }: { contacts: ContactView[]; items: Item[] }) {
  const t = useText()
  const same = items.every((item) => item.holderContactId === items[0]?.holderContactId) ? items[0]?.holderContactId : ''
  return (
    <Form method="post" className="card filters" key={same}>
      <div className="field field--wide">
        <Select
          field={plainField('holderContactId', same ?? '')}
          label={t('checkout.holder.for-all')}
          placeholder={t('form.choose')}
          options={contacts.map((contact) => ({ value: contact.id, title: called(contact) }))}
        />
      </div>
      <Button name="intent" value="for-all">
        {t('checkout.holder.for-all.use')}
      </Button>
    </Form>
  )
}

/** What the rules say about an item as the form stands: the same check as the server's (policy/tld-rules). */
const problemsIn = (form: HTMLFormElement, item: Item, contacts: ContactView[]): Record<string, Said> => {
  const values = new FormData(form)
  const holder = contacts.find(({ id }) => id === values.get(`holder.${item.id}`))
  const extra = Object.fromEntries(item.rules.extra.map(({ id }) => [id, String(values.get(`extra.${item.id}.${id}`) ?? '')]))
  return checkItem(item.rules, { name: item.name, years: item.years, holder, extra })
}

function ItemCard({ item, contacts, checked }: { item: Item; contacts: ContactView[]; checked: boolean }) {
  const t = useText()
  const say = useSay()
  const card = useRef<HTMLDivElement>(null)
  const [problems, setProblems] = useState(item.problems)
  const [touched, setTouched] = useState<string[]>([])
  const [holderId, setHolderId] = useState(item.holderContactId ?? '')
  const holder = contacts.find(({ id }) => id === holderId)
  const asked = extraFieldsFor(item.rules, holder)
  const look = (event: FormEvent<HTMLElement>) => {
    const form = card.current?.closest('form')
    if (form) setProblems(problemsIn(form, item, contacts))
    const name = (event.target as HTMLInputElement).name ?? ''
    const field = name.startsWith('holder.') ? 'holder' : `extra.${name.split('.').at(-1)}`
    if (event.type === 'blur' || name.startsWith('holder.')) setTouched((all) => (all.includes(field) ? all : [...all, field]))
  }
  const errors = (field: string) => {
    const problem = problems[field]
    return problem && (checked || touched.includes(field)) ? [message(problem)] : undefined
  }
  const general = ['name', 'years'].flatMap((field) => problems[field] ?? [])
  return (
    <div className="card" ref={card} onChange={look} onBlur={look}>
      <div className="card__head">
        <h2>
          <Name name={item.name} />
        </h2>
        <Link to={`/tlds/${item.tld}`} className="small">
          {t('search.rules', { tld: item.tld })}
        </Link>
      </div>
      {general.map((problem) => (
        <Notice key={problem.key} tone="warn">
          <p>{say(problem)}</p>
        </Notice>
      ))}
      <div className="form">
        <Select
          field={{
            id: `holder-${item.id}`,
            name: `holder.${item.id}`,
            initialValue: item.holderContactId ?? '',
            errors: errors('holder'),
          }}
          label={t('checkout.holder.of')}
          placeholder={t('form.choose')}
          options={contacts.map((contact) => ({ value: contact.id, title: called(contact) }))}
          onChange={(event) => setHolderId(event.currentTarget.value)}
        />
        {asked.length > 0 ? (
          <FieldGroup title={t('checkout.extra', { tld: item.tld })}>
            {asked.map((question) => (
              <div key={question.id}>
                {/* an unticked box is not sent: this says that it was there */}
                <input type="hidden" name={`asked.${item.id}.${question.id}`} value="1" />
                <ExtraQuestion
                  question={question}
                  field={{
                    id: `extra-${item.id}-${question.id}`,
                    name: `extra.${item.id}.${question.id}`,
                    initialValue: item.extra[question.id],
                    errors: errors(`extra.${question.id}`),
                  }}
                />
              </div>
            ))}
          </FieldGroup>
        ) : null}
      </div>
    </div>
  )
}

function ContactForm({ initial, reply }: { initial: Partial<ContactInput>; reply: SubmissionResult | undefined }) {
  const t = useText()
  const [form, fields] = useForm<z.input<typeof Contact>>({
    id: 'contact',
    ...(reply ? { lastResult: reply } : {}),
    defaultValue: initial,
    onValidate: ({ formData }) => parseForm(formData, Contact),
    shouldValidate: 'onBlur',
    shouldRevalidate: 'onInput',
  })
  return (
    <Form {...getFormProps(form)} method="post">
      <input type="hidden" name="intent" value="contact" />
      <FormErrors errors={form.errors} />
      <ContactFields fields={fields} />
      <div className="form__actions">
        <Button tone="primary">{t('checkout.holder.new.save')}</Button>
      </div>
    </Form>
  )
}

// ───────────────────────────── check and order ─────────────────────────────

function Review({ cart, contacts, ways }: { cart: CartView; contacts: ContactView[]; ways?: OrderWays }) {
  const t = useText()
  const say = useSay()
  const answer = useAnswer<typeof action>()
  const reply = answer?.intent === 'place' ? answer.reply : undefined
  const incomplete = cart.items.filter(({ problems }) => Object.keys(problems).length > 0)
  const moved = cart.items.filter(({ newGross }) => newGross)
  return (
    <div className="split">
      <div className="stack">
        {incomplete.length > 0 ? (
          <Notice tone="warn" title={t('checkout.review.incomplete')}>
            {incomplete.map((item) => (
              <p key={item.id}>
                <Name name={item.name} />: {Object.values(item.problems).map(say).join(' ')}
              </p>
            ))}
            <div className="row">
              <ButtonLink to="/checkout">{t('checkout.review.complete-now')}</ButtonLink>
            </div>
          </Notice>
        ) : null}
        {moved.length > 0 ? (
          <Notice tone="warn" title={t('cart.price-moved')}>
            <p>{t('cart.price-moved.text')}</p>
            <div className="row">
              <ButtonLink to="/cart">{t('cart.title')}</ButtonLink>
            </div>
          </Notice>
        ) : null}
        <Card title={t('checkout.review.names')} actions={<Link to="/checkout">{t('checkout.review.edit')}</Link>}>
          <ul className="plain-list">
            {cart.items.map((item) => (
              <ReviewLine key={item.id} item={item} holder={contacts.find(({ id }) => id === item.holderContactId)} />
            ))}
          </ul>
        </Card>
      </div>
      <aside>
        <Card title={t('cart.summary')} raised>
          <CartSums cart={cart} />
          <PlaceForm cart={cart} ways={ways} reply={reply} />
        </Card>
      </aside>
    </div>
  )
}

function ReviewLine({ item, holder }: { item: Item; holder: ContactView | undefined }) {
  const t = useText()
  const say = useSay()
  const answers = extraFieldsFor(item.rules, holder).filter(({ id }) => item.extra[id])
  return (
    <li className="review-line">
      <span className="row">
        <Name name={item.name} />
        <span className="soft">{t('cart.years-option', { count: item.years })}</span>
        {item.premium ? <span className="tag">{t('search.premium')}</span> : null}
      </span>
      <span className="strong">
        <Money of={shownGross(item)} />
      </span>
      <div className="small soft">
        {holder ? (
          <p>
            {t('checkout.holder.of')}:{' '}
            {[holder.organisation, holder.name, holder.street, `${holder.postcode} ${holder.city}`.trim(), holder.country]
              .filter(Boolean)
              .join(', ')}
          </p>
        ) : null}
        {answers.map((field) => (
          <p key={field.id}>
            {say(field.title)}: {answerOf(field, item.extra[field.id] ?? '', say)}
          </p>
        ))}
      </div>
    </li>
  )
}

const answerOf = (field: Item['rules']['extra'][number], value: string, say: (said: Said) => string): string => {
  if (field.kind === 'checkbox') return '✓'
  const choice = field.choices?.find((candidate) => candidate.value === value)
  return choice ? say(choice.title) : value
}

function PlaceForm({
  cart: { id: cartId, ready, gross, items },
  ways,
  reply,
}: {
  cart: CartView
  ways: OrderWays | undefined
  reply: SubmissionResult | undefined
}) {
  const t = useText()
  const [form, fields] = useForm({
    id: 'place',
    ...(reply ? { lastResult: reply } : {}),
    onValidate: ({ formData }) => parseForm(formData, Place),
    shouldRevalidate: 'onInput',
  })
  return (
    <Form {...getFormProps(form)} method="post" className="stack">
      <FormErrors errors={form.errors} />
      {/* the same cart ordered twice is one order */}
      <input type="hidden" name="cartId" value={cartId} />
      <input type="hidden" name="names" value={items.map(({ name }) => name).join(' ')} />
      <input type="hidden" name="gross" value={gross.amount} />
      <input type="hidden" name="currency" value={gross.currency} />
      {ways ? (
        <>
          <WaysToPay
            order
            methods={ways.methods}
            due={gross}
            chosen={typeof reply?.initialValue?.method === 'string' ? reply.initialValue.method : (ways.last ?? 'card')}
            error={fields.method.errors?.[0]}
            legend={t('account.order.ways')}
          />
          <p className="small soft">{t('account.order.ways.held')}</p>
        </>
      ) : null}
      <Checkbox
        field={fields.terms}
        required
        label={
          <>
            {t('checkout.terms.before')}
            <Link to="/terms" target="_blank" rel="noopener">
              {t('checkout.terms.link')}
            </Link>
            {t('checkout.terms.after')}
          </>
        }
      />
      <Button tone="primary" size="big" wide name="intent" value="place" disabled={!ready}>
        {t('checkout.place')}
      </Button>
      <p className="small soft">{t('checkout.place.hint')}</p>
    </Form>
  )
}
