import { existsSync, readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { z } from 'zod'

/** One registry as KONTOR_REGISTRIES lists it: where it is, who we are there, how many sessions it allows. */
const Registry = z.object({
  id: z.string().min(1),
  host: z.string().min(1),
  port: z.number().int(),
  clientId: z.string(),
  password: z.string(),
  caFile: z.string(),
  certFile: z.string(),
  keyFile: z.string(),
  maxSessions: z.number().int().positive().default(2),
})
export type RegistryAccount = z.infer<typeof Registry>

const switchedOn = z
  .string()
  .default('')
  .transform((value) => ['1', 'true', 'yes', 'on'].includes(value))

/** Where Temporal is, and how it is spoken to. An empty address: nowhere. */
export const TemporalEnvironment = z.object({
  TEMPORAL_ADDRESS: z.string().default(''),
  TEMPORAL_NAMESPACE: z.string().default('default'),
  TEMPORAL_TLS: switchedOn,
  TEMPORAL_API_KEY: z.string().default(''),
})

/** What a connection to Temporal is made with: TLS and API key as Temporal Cloud wants them. */
export const temporalOf = ({
  TEMPORAL_ADDRESS: address,
  TEMPORAL_TLS: tls,
  TEMPORAL_API_KEY: apiKey,
}: Omit<z.infer<typeof TemporalEnvironment>, 'TEMPORAL_NAMESPACE'>): { address: string; tls?: true; apiKey?: string } => ({
  address,
  ...(tls || apiKey ? { tls: true } : {}),
  ...(apiKey ? { apiKey } : {}),
})

const Environment = TemporalEnvironment.extend({
  DATABASE_URL: z.string().min(1),
  TEMPORAL_ADDRESS: z.string().min(1),
  BASE_URL: z.string().default('http://localhost:3000'),
  SESSION_SECRET: z.string().min(16),
  STRIPE_SECRET_KEY: z.string().min(1),
  STRIPE_API_URL: z.string().default(''),
  SMTP_URL: z.string().min(1),
  /** PayPal's API, or the sandbox's; absent: no PayPal */
  PAYPAL_API_URL: z.string().optional(),
  PAYPAL_CLIENT_ID: z.string().optional(),
  PAYPAL_CLIENT_SECRET: z.string().optional(),
  /** the bank's file exchange; absent: statements are uploaded by hand */
  BANK_URL: z.string().optional(),
  BANK_TOKEN: z.string().optional(),
  /** the letter service; empty: letters wait until there is one */
  LETTERS_URL: z.string().optional(),
  LETTERS_TOKEN: z.string().optional(),
  /** letters per second that the service allows */
  LETTERS_PER_SECOND: z.coerce.number().int().min(1).max(1000).optional(),
  /** reference rates (ECB) and VAT ids (VIES); empty: nobody is asked */
  ECB_URL: z.string().optional(),
  VIES_URL: z.string().optional(),
  MAIL_FROM: z.string().default('Kontor <kontor@kontor.example>'),
  KONTOR_REGISTRIES: z.string().min(1),
  KONTOR_NAMESERVERS: z.string().default('ns1.kontor.example,ns2.kontor.example'),
  /** what the worker runs: all, or a comma-separated choice of orders, payments, delivery, registry (compose scales each) */
  KONTOR_QUEUES: z.string().default('all'),
  /** control pages of the sandbox counterparties; empty in production */
  SANDBOX_URL: z.string().default(''),
  KONTOR_POLL_REST_MS: z.coerce.number().int().positive().default(2000),
  KONTOR_BUNDLE: z.string().default(''),
  LOG_LEVEL: z.string().default('info'),
})

export type WorkerConfig = z.infer<typeof Environment> & { registries: RegistryAccount[] }

/** Reads the registries' file; certificate paths in it are relative to it. */
export function readRegistries(file: string): RegistryAccount[] {
  if (!existsSync(file))
    throw new Error(
      `KONTOR_REGISTRIES names ${file}, and no such file is there: it lists the registries and our accounts at them (README)`,
    )
  const folder = dirname(resolve(file))
  const at = (path: string) => resolve(folder, path)
  return z
    .array(Registry)
    .parse(JSON.parse(readFileSync(file, 'utf8')))
    .map((entry) => ({ ...entry, caFile: at(entry.caFile), certFile: at(entry.certFile), keyFile: at(entry.keyFile) }))
}

/** Parsed once, passed down; nothing else in worker/ reads the environment. */
export function readConfig(environment: NodeJS.ProcessEnv): WorkerConfig {
  const config = Environment.parse(environment)
  return { ...config, registries: readRegistries(config.KONTOR_REGISTRIES) }
}
