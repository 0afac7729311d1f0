import { cardsInProcess } from '../../../sandbox/payments/in-process'
import { refused } from '../../failures'
import { paymentPortFacts } from './payments'

const cards = cardsInProcess({ refused, webhookSecret: 'whsec', tell: () => undefined, wanted: [] })

paymentPortFacts('in process', {
  port: () => cards,
  pay(url, card) {
    cards.payAsCustomer(url.split('/').at(-1) ?? '', card)
    return Promise.resolve()
  },
  expire(sessionRef) {
    cards.expireSession(sessionRef)
    return Promise.resolve()
  },
})
