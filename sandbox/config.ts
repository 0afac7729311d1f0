import { randomUUID } from 'node:crypto'
import { resolve } from 'node:path'
import { z } from 'zod'

const port = (fallback: number) => z.coerce.number().int().min(0).max(65_535).default(fallback)

const Environment = z.object({
  SANDBOX_DIR: z.string().default('.data/sandbox'),
  /** where everything listens; 0.0.0.0 in a container */
  SANDBOX_HOST: z.string().default('127.0.0.1'),
  SANDBOX_PORT: port(3004),
  PAYMENTS_PORT: port(3005),
  /** how a browser reaches the card provider's pages, when not on SANDBOX_HOST */
  PAYMENTS_URL: z.string().default(''),
  SMTP_PORT: port(3006),
  EPP_PORT: port(3007),
  /** what a registrar is to connect to, when not SANDBOX_HOST */
  EPP_HOST: z.string().default(''),
  BASE_URL: z.string().default('http://localhost:3000'),
  STRIPE_SECRET_KEY: z.string().min(1),
  STRIPE_WEBHOOK_SECRET: z.string().min(1),
  /** the house's account at PayPal; empty: nobody is let in */
  PAYPAL_CLIENT_ID: z.string().default(''),
  PAYPAL_CLIENT_SECRET: z.string().default(''),
  PAYPAL_WEBHOOK_ID: z.string().default(''),
  /** what the house shows to its bank; empty: nobody is let in */
  BANK_TOKEN: z.string().default(''),
  /** what the house shows to the letter service; empty: nobody is let in */
  LETTERS_TOKEN: z.string().default(''),
  /** what a mail provider shows with its reports; empty: it sends none */
  MAIL_REPORT_TOKEN: z.string().default(''),
  /** the house's account at the sandbox bank */
  BANK_IBAN: z.string().default('DE02120300000000202051'),
})

export interface SandboxConfig {
  dir: string
  host: string
  port: number
  paymentsPort: number
  paymentsUrl: string
  smtpPort: number
  /** the first registry's; the others follow */
  eppPort: number
  eppHost: string
  webhookUrl: string
  secretKey: string
  webhookSecret: string
  paypal: { clientId: string; clientSecret: string; webhookId: string; webhookUrl: string }
  bankToken: string
  bankIban: string
  lettersToken: string
  mailReports?: { url: string; token: string }
}

export function readConfig(environment: NodeJS.ProcessEnv): SandboxConfig {
  const said = Environment.parse(environment)
  return {
    dir: resolve(said.SANDBOX_DIR),
    host: said.SANDBOX_HOST,
    port: said.SANDBOX_PORT,
    paymentsPort: said.PAYMENTS_PORT,
    paymentsUrl: said.PAYMENTS_URL,
    smtpPort: said.SMTP_PORT,
    eppPort: said.EPP_PORT,
    eppHost: said.EPP_HOST || said.SANDBOX_HOST,
    webhookUrl: `${said.BASE_URL}/webhooks/stripe`,
    secretKey: said.STRIPE_SECRET_KEY,
    webhookSecret: said.STRIPE_WEBHOOK_SECRET,
    paypal: {
      clientId: said.PAYPAL_CLIENT_ID || randomUUID(),
      clientSecret: said.PAYPAL_CLIENT_SECRET || randomUUID(),
      webhookId: said.PAYPAL_WEBHOOK_ID || randomUUID(),
      webhookUrl: `${said.BASE_URL}/webhooks/paypal`,
    },
    bankToken: said.BANK_TOKEN || randomUUID(),
    bankIban: said.BANK_IBAN,
    lettersToken: said.LETTERS_TOKEN || randomUUID(),
    ...(said.MAIL_REPORT_TOKEN ? { mailReports: { url: `${said.BASE_URL}/webhooks/mail`, token: said.MAIL_REPORT_TOKEN } } : {}),
  }
}
