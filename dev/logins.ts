/** Who to log in as in the demo house (dev/seed.ts makes them). */
export interface Login {
  email: string
  password: string
  who: string
}

const password = 'kontor-demo'

export const logins: Login[] = [
  { email: 'anna@example.com', password, who: 'customer, private person, German' },
  { email: 'billing@acme.example', password, who: 'customer, company, English' },
  { email: 'clearing@kontor.example', password, who: 'staff: clearing' },
  { email: 'accounting@kontor.example', password, who: 'staff: accounting' },
  { email: 'support@kontor.example', password, who: 'staff: support' },
  { email: 'operator@kontor.example', password, who: 'staff: operator' },
  { email: 'admin@kontor.example', password, who: 'staff: everything' },
]
