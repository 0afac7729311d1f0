/**
 * The environment of Kontor's processes: the contract between whoever starts them (npm start, docker compose, an operator) and their
 * config.ts. README's table is this one, with what docker-compose.yml itself asks for.
 */
export interface Variable {
  /** who reads it */
  readers: ('api' | 'worker' | 'sandbox' | 'compose')[]
  /** what is used when it is not set; no default = required */
  fallback?: string
  /** true: never print it */
  secret?: boolean
  meaning: string
}

export const variables = {
  DATABASE_URL: {
    readers: ['api', 'worker'],
    secret: true,
    meaning: 'Postgres, as the owner of the tables (the API steps down to the role kontor_api)',
  },
  TEMPORAL_ADDRESS: { readers: ['api', 'worker'], meaning: 'host:port of the Temporal frontend' },
  TEMPORAL_NAMESPACE: { readers: ['api', 'worker'], fallback: 'default', meaning: 'Temporal namespace' },
  TEMPORAL_TLS: {
    readers: ['api', 'worker'],
    fallback: 'off',
    meaning: '`on`: speak TLS to Temporal (always on when TEMPORAL_API_KEY is set)',
  },
  TEMPORAL_API_KEY: { readers: ['api', 'worker'], fallback: '', secret: true, meaning: 'API key of Temporal Cloud' },
  TEMPORAL_UI_URL: {
    readers: ['api'],
    fallback: '',
    meaning: 'where the Temporal UI is, for links on the case page; empty: no link',
  },
  PORT: { readers: ['api'], fallback: '3000', meaning: 'port of pages and API' },
  BASE_URL: {
    readers: ['api', 'worker'],
    meaning: 'the address people use, for links in mails and return addresses; never taken from a request',
  },
  SESSION_SECRET: { readers: ['api', 'worker'], secret: true, meaning: 'signs cookies and CSRF tokens; at least 32 characters' },
  STRIPE_SECRET_KEY: { readers: ['worker', 'api', 'sandbox'], secret: true, meaning: 'secret key of the card provider' },
  STRIPE_WEBHOOK_SECRET: {
    readers: ['api', 'sandbox'],
    secret: true,
    meaning:
      'the card provider signs its webhooks with it; which events the endpoint needs: `wantedEvents` in api/webhooks/stripe.ts',
  },
  STRIPE_API_URL: {
    readers: ['worker', 'api'],
    fallback: '',
    meaning: 'another address than Stripe itself: the sandbox provider; empty: Stripe',
  },
  PAYPAL_API_URL: {
    readers: ['worker', 'api'],
    fallback: '',
    meaning: 'PayPal (https://api-m.paypal.com) or the sandbox; empty: no payments by PayPal',
  },
  PAYPAL_CLIENT_ID: { readers: ['worker', 'api', 'sandbox'], fallback: '', meaning: 'our account at PayPal' },
  PAYPAL_CLIENT_SECRET: { readers: ['worker', 'api', 'sandbox'], fallback: '', secret: true, meaning: 'its secret' },
  PAYPAL_WEBHOOK_ID: {
    readers: ['api', 'sandbox'],
    fallback: '',
    meaning:
      "PayPal's id of the webhook at /webhooks/paypal, to ask whether PayPal signed a message; which events it needs: `wantedEvents` in api/webhooks/paypal-door.ts",
  },
  SMTP_URL: { readers: ['worker'], meaning: 'outgoing mail: smtp://user:password@host:port' },
  MAIL_FROM: { readers: ['worker'], meaning: 'sender of outgoing mail' },
  SANDBOX_URL: {
    readers: ['api', 'worker'],
    fallback: '',
    meaning: 'control pages of the sandbox counterparties, shown under /sandbox and asked by the invariants; empty in production',
  },
  BANK_URL: {
    readers: ['worker'],
    fallback: '',
    meaning: "the bank's file exchange: statements in, direct debits out; empty: statements are uploaded by hand",
  },
  BANK_TOKEN: { readers: ['worker', 'sandbox'], fallback: '', secret: true, meaning: 'lets the worker in at the bank' },
  ECB_URL: {
    readers: ['worker'],
    fallback: '',
    meaning: 'folder of the reference rates, e.g. https://www.ecb.europa.eu/stats/eurofxref; empty: rates are not fetched',
  },
  VIES_URL: {
    readers: ['worker'],
    fallback: '',
    meaning: 'where VAT ids are asked about, e.g. https://ec.europa.eu/taxation_customs/vies/rest-api; empty: nobody is asked',
  },
  LETTERS_URL: { readers: ['worker'], fallback: '', meaning: 'the service that prints and posts letters; empty: letters wait' },
  LETTERS_TOKEN: {
    readers: ['worker', 'sandbox'],
    fallback: '',
    secret: true,
    meaning: 'lets the worker in at the letter service',
  },
  LETTERS_PER_SECOND: { readers: ['worker'], fallback: '10', meaning: 'letters a second that the service allows' },
  MAIL_REPORT_TOKEN: {
    readers: ['api', 'sandbox'],
    fallback: '',
    secret: true,
    meaning: 'who shows it at /webhooks/mail may report mails that did not arrive (RFC 3464); empty: nobody',
  },
  KONTOR_REGISTRIES: {
    readers: ['worker', 'api'],
    meaning: 'path of a JSON file: the registries (RegistryAccount of dev/environment.ts)',
  },
  KONTOR_NAMESERVERS: {
    readers: ['worker'],
    fallback: 'ns1.kontor.example,ns2.kontor.example',
    meaning: 'nameservers that a new name gets',
  },
  KONTOR_QUEUES: {
    readers: ['worker'],
    fallback: 'all',
    meaning: 'what this worker takes on: all, or a choice of orders, payments, billing, bank, delivery, registry',
  },
  KONTOR_POLL_REST_MS: {
    readers: ['worker'],
    fallback: '2000',
    meaning: "rest between two looks into a registry's message queue",
  },
  KONTOR_BUNDLE: {
    readers: ['worker'],
    fallback: '',
    meaning: 'the workflows, bundled beforehand (worker/bundle.ts); empty: bundled at boot',
  },
  KONTOR_DATA: { readers: ['worker', 'api'], fallback: '.data', meaning: 'folder for files that may be thrown away' },
  HOST: { readers: ['api'], fallback: '0.0.0.0', meaning: 'where the api listens' },
  TRUST_PROXY: {
    readers: ['api'],
    fallback: '0',
    meaning: 'how many proxies stand before the api: so many steps of X-Forwarded-For are believed',
  },
  AUTH_TRIES_PER_IP: {
    readers: ['api'],
    fallback: '100',
    meaning: 'tries of one login operation per address in a quarter of an hour',
  },
  LOG_LEVEL: { readers: ['api', 'worker', 'sandbox'], fallback: 'info', meaning: 'trace, debug, info, warn or error' },
  SANDBOX_DIR: { readers: ['sandbox'], fallback: '.data/sandbox', meaning: 'what the sandbox counterparties remember' },
  SANDBOX_PORT: { readers: ['sandbox'], fallback: '3004', meaning: 'control pages of the sandboxes' },
  PAYMENTS_PORT: { readers: ['sandbox'], fallback: '3005', meaning: 'sandbox card provider' },
  SMTP_PORT: { readers: ['sandbox'], fallback: '3006', meaning: 'sandbox mailbox, SMTP' },
  EPP_PORT: { readers: ['sandbox'], fallback: '3007', meaning: 'first sandbox registry, EPP over TLS; the others follow' },
  SANDBOX_HOST: { readers: ['sandbox'], fallback: '127.0.0.1', meaning: 'where the sandboxes listen; 0.0.0.0 in a container' },
  PAYMENTS_URL: {
    readers: ['sandbox'],
    fallback: '',
    meaning: "how a browser reaches the sandbox card provider's pages, when not there",
  },
  EPP_HOST: { readers: ['sandbox'], fallback: '', meaning: 'how the worker reaches the sandbox registries, when not there' },
} as const satisfies Record<string, Variable>

/** What only docker-compose.yml reads, out of .env: no process is handed it. */
export const composeVariables = {
  POSTGRES_PASSWORD: { readers: ['compose'], secret: true, meaning: 'password of the Postgres that docker-compose.yml starts' },
  REGISTRIES_FOLDER: {
    readers: ['compose'],
    fallback: '',
    meaning: "folder with registries.json and the certificates that it names; empty: the sandbox's own",
  },
} as const satisfies Record<string, Variable>

export type VariableName = keyof typeof variables

/** What npm start hands to every process it starts. */
export type Environment = Record<VariableName, string>

/** One entry of the file that KONTOR_REGISTRIES names: how to reach a registry. Files are absolute or beside the file itself. */
export interface RegistryAccount {
  id: string
  host: string
  port: number
  clientId: string
  password: string
  /** who signs the registry's certificate; empty: the system's authorities */
  caFile?: string
  certFile?: string
  keyFile?: string
  /** sessions that the registry allows at once */
  maxSessions: number
  /** namespace URIs to announce at login, e.g. urn:ietf:params:xml:ns:secDNS-1.1 */
  extensions: string[]
}
