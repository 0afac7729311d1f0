import QRCode from 'qrcode'
import { houseDay } from '../../workflows/policy/calendar'
import { heldOn } from '../../workflows/policy/dated'
import { housePolicies } from '../../workflows/policy/house'
import { money } from '../../workflows/policy/money'
import { transferQrText } from '../../workflows/policy/sepa'
import type { Context, RecordAccess } from './context'
import { Unavailable } from './problems'
import type { TransferView } from './types'

/** The house's account as a payer needs it, with the code that banking apps read. Amount in cents. */
export async function transferTo(
  ctx: Context,
  record: RecordAccess,
  { amount, reference }: { amount: number; reference: string },
): Promise<TransferView> {
  const today = houseDay(ctx.now().toISOString())
  const policy = await record.policy.findFirst({
    where: { kind: 'house', validFrom: { lte: new Date(today) } },
    orderBy: { validFrom: 'desc' },
  })
  const house =
    (policy?.data as unknown as (typeof housePolicies)[number] | undefined) ?? heldOn(today, housePolicies, (one) => one.version)
  if (!house) throw new Unavailable()
  const { iban, bic, name: bankName } = house.bank
  const data = { holder: house.name, iban, bic, bankName, amount, reference }
  return { kind: 'transfer', ...data, amount: money(amount, 'EUR'), qrSvg: await transferQr(data) }
}

/** The code that banking apps read, as an SVG. */
export const transferQr = (data: Parameters<typeof transferQrText>[0]): Promise<string> =>
  QRCode.toString(transferQrText(data), { type: 'svg', errorCorrectionLevel: 'M', margin: 2 })
