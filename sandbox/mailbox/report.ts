/** A mail server's report that a mail could not be delivered after it had been taken (RFC 3464, in a multipart/report of RFC 6522). */
export function notDelivered({
  source,
  from,
  to,
  id,
  at,
}: {
  /** the mail as it came */
  source: Buffer
  /** whom it is told to: the mail's envelope sender */
  from: string
  to: string
  id: string
  at: Date
}): string {
  const boundary = `report-${id}`
  const headers = source.toString('latin1').split(/\r?\n\r?\n/)[0] ?? ''
  return [
    'From: MAILER-DAEMON@mailbox.sandbox.example',
    `To: ${from}`,
    'Subject: Undelivered Mail Returned to Sender',
    `Date: ${at.toUTCString()}`,
    `Message-ID: <${id}@mailbox.sandbox.example>`,
    'Auto-Submitted: auto-replied',
    'MIME-Version: 1.0',
    `Content-Type: multipart/report; report-type=delivery-status; boundary="${boundary}"`,
    '',
    `--${boundary}`,
    'Content-Type: text/plain; charset=utf-8',
    '',
    'Your mail could not be delivered: there is no such mailbox here.',
    `--${boundary}`,
    'Content-Type: message/delivery-status',
    '',
    'Reporting-MTA: dns; mailbox.sandbox.example',
    `Arrival-Date: ${at.toUTCString()}`,
    '',
    `Final-Recipient: rfc822; ${to}`,
    'Action: failed',
    'Status: 5.1.1',
    'Diagnostic-Code: smtp; 550 5.1.1 No such mailbox here',
    '',
    `--${boundary}`,
    'Content-Type: text/rfc822-headers',
    '',
    headers.replace(/\r?\n/g, '\r\n'),
    '',
    `--${boundary}--`,
    '',
  ].join('\r\n')
}
