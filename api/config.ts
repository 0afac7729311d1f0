import { existsSync, readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { z } from 'zod'

/** One registry as KONTOR_REGISTRIES lists it; files are absolute or beside the list. */
const Registry = z.object({
  id: z.string().min(1),
  host: z.string().min(1),
  port: z.number().int(),
  clientId: z.string(),
  password: z.string(),
  caFile: z.string(),
  certFile: z.string(),
  keyFile: z.string(),
})
export type RegistryAccount = z.infer<typeof Registry>

const switchedOn = z
  .string()
  .default('')
  .transform((value) => ['1', 'true', 'yes', 'on'].includes(value))

const Environment = z.object({
  DATABASE_URL: z.string().min(1),
  TEMPORAL_ADDRESS: z.string().min(1),
  TEMPORAL_NAMESPACE: z.string().default('default'),
  TEMPORAL_TLS: switchedOn,
  TEMPORAL_API_KEY: z.string().default(''),
  TEMPORAL_UI_URL: z.union([z.literal(''), z.url()]).default(''),
  PORT: z.coerce.number().int().min(0).max(65_535).default(3000),
  HOST: z.string().default('0.0.0.0'),
  BASE_URL: z.url().transform((url) => url.replace(/\/+$/, '')),
  SESSION_SECRET: z.string().min(32),
  STRIPE_WEBHOOK_SECRET: z.string().min(1),
  STRIPE_API_URL: z.union([z.literal(''), z.url()]).default(''),
  /** who shows it may report mails that did not arrive; empty: nobody */
  MAIL_REPORT_TOKEN: z.string().default(''),
  /** PayPal's API, or the sandbox's; absent: no PayPal */
  PAYPAL_API_URL: z.union([z.literal(''), z.url()]).optional(),
  PAYPAL_CLIENT_ID: z.string().optional(),
  PAYPAL_CLIENT_SECRET: z.string().optional(),
  PAYPAL_WEBHOOK_ID: z.string().optional(),
  SANDBOX_URL: z.union([z.literal(''), z.url()]).default(''),
  KONTOR_REGISTRIES: z.string().min(1),
  /** how many proxies stand before us: their X-Forwarded-For is believed, nobody else's */
  TRUST_PROXY: z.coerce.number().int().min(0).max(10).default(0),
  /** tries of one login operation per address and quarter of an hour */
  AUTH_TRIES_PER_IP: z.coerce.number().int().min(5).default(100),
  LOG_LEVEL: z.string().default('info'),
  NODE_ENV: z.string().default('development'),
})

export type ApiConfig = z.infer<typeof Environment> & { registries: RegistryAccount[] }

function readRegistries(file: string): RegistryAccount[] {
  if (!existsSync(file))
    throw new Error(
      `KONTOR_REGISTRIES names ${file}, and no such file is there: it lists the registries and our accounts at them (README)`,
    )
  const at = (path: string) => resolve(dirname(resolve(file)), path)
  return z
    .array(Registry)
    .parse(JSON.parse(readFileSync(file, 'utf8')))
    .map((entry) => ({ ...entry, caFile: at(entry.caFile), certFile: at(entry.certFile), keyFile: at(entry.keyFile) }))
}

/** Parsed once, passed down; nothing else in api/ reads the environment. */
export function readConfig(environment: NodeJS.ProcessEnv): ApiConfig {
  const config = Environment.parse(environment)
  return { ...config, registries: readRegistries(config.KONTOR_REGISTRIES) }
}
