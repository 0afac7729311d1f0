/** All sandbox counterparties in one process: registries over EPP, the card provider over HTTP, the mailbox over SMTP, the bank and the letter service over HTTP; and their controls. */
import { renameSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join, relative } from 'node:path'
import express from 'express'
import { openAuthorities } from './authorities'
import { openBankSandbox } from './bank'
import { clockRouter, openClock } from './clock'
import { readConfig } from './config'
import { openLettersSandbox } from './letters'
import { mailboxControlRouter, startMailboxSandbox } from './mailbox'
import { paymentsControlRouter, startPaymentsSandbox } from './payments'
import { openPayPalSandbox } from './paypal'
import { startRegistrySandbox } from './registry/sandbox'

const config = readConfig(process.env)
const { dir, host } = config
const clock = openClock(dir)
const { now } = clock

// PayPal answers beside the card provider: one address for browsers
const paypal = openPayPalSandbox({
  ...{ dir: join(dir, 'paypal'), ...config.paypal, now },
  pageUrl: () => `${config.paymentsUrl || `http://${host}:${config.paymentsPort}`}/paypal`,
})

const [registries, payments, mailbox] = await Promise.all([
  startRegistrySandbox({
    ...{ dir: join(dir, 'registry'), host, serverNames: [config.eppHost], basePort: config.eppPort },
    now: () => now().getTime(),
  }),
  startPaymentsSandbox({
    dir: join(dir, 'payments'),
    host,
    port: config.paymentsPort,
    webhookUrl: config.webhookUrl,
    webhookSecret: config.webhookSecret,
    secretKey: config.secretKey,
    beside: { path: '/paypal', router: paypal.router },
    ...(config.paymentsUrl && { publicUrl: config.paymentsUrl }),
  }),
  startMailboxSandbox({
    ...{ dir: join(dir, 'mailbox'), host, smtpPort: config.smtpPort },
    ...(config.mailReports ? { reports: config.mailReports } : {}),
  }),
])

const bank = openBankSandbox({ dir: join(dir, 'bank'), token: config.bankToken, iban: config.bankIban, now })
const letters = openLettersSandbox({ dir: join(dir, 'letters'), token: config.lettersToken, now })

// What a registrar is told when it is let in: KONTOR_REGISTRIES names this file. Its paths are relative to it.
const accounts = registries.registries.map(({ id, port, clientId, password, caFile, certFile, keyFile, maxSessions }) => ({
  ...{ id, host: config.eppHost, port, clientId, password },
  ...{ caFile: relative(dir, caFile), certFile: relative(dir, certFile), keyFile: relative(dir, keyFile) },
  ...{ maxSessions, extensions: [] },
}))
const accountsFile = join(dir, 'registries.json')
writeFileSync(`${accountsFile}.new`, JSON.stringify(accounts, null, 2), { mode: 0o600 })
renameSync(`${accountsFile}.new`, accountsFile)

// The controls have no login: api shows them under /sandbox where SANDBOX_URL is set, nobody else needs to reach them.
const app = express().disable('x-powered-by')
app.get(
  '/health',
  (_request, response) => void response.json({ ok: true, registries: accounts.map(({ id, port }) => ({ id, port })) }),
)
app.use('/registry', registries.router)
app.use('/payments', paymentsControlRouter(payments))
app.use('/paypal', paypal.control)
app.use('/bank', bank.router)
app.use('/letters', letters.router)
app.use('/authorities', openAuthorities({ now }).router)
app.use('/mailbox', mailboxControlRouter(mailbox))
// the card provider keeps a clock of its own, and may have been stopped between a move and its own word of it
await payments.moveTo(clock.ahead())
app.use(
  '/clock',
  clockRouter(clock, (ahead) => payments.moveTo(ahead)),
)
const control = createServer(app)
await new Promise<void>((listening, failed) => control.once('error', failed).listen(config.port, host, () => listening()))
console.log(`Sandbox counterparties are up; controls on http://${host}:${config.port}`)

let stopping = false
const stop = async () => {
  if (stopping) return
  stopping = true
  control.closeAllConnections()
  control.close()
  await Promise.all([registries.stop(), payments.close(), mailbox.close()])
  bank.close()
  letters.close()
  process.exit(0)
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void stop())
