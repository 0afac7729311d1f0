import type { TransferView } from '../../../api/operations/types'
import { showIban } from '../../../workflows/policy/sepa'
import type { TextKey } from '../texts/texts'
import { useText } from '../texts/use-text'
import './bank.css'
import { Card, Facts } from './card'
import { CopyId } from './copy-id'
import { Money } from './money'

/** PAY-10: account, amount and reference, each to copy, and the code that banking apps read. */
export function TransferData({
  of: data,
  then = 'transfer.then',
}: {
  of: Omit<TransferView, 'kind' | 'bic' | 'bankName'> & Partial<Pick<TransferView, 'bic' | 'bankName'>>
  then?: TextKey
}) {
  const t = useText()
  return (
    <div className="transfer">
      <Card raised>
        <Facts
          of={[
            [t('transfer.holder'), <bdi key="holder">{data.holder}</bdi>],
            [t('transfer.iban'), <CopyId key="iban" id={data.iban} shown={showIban(data.iban)} />],
            data.bic === undefined ? null : [t('transfer.bic'), <CopyId key="bic" id={data.bic} />],
            data.bankName === undefined ? null : [t('transfer.bank'), data.bankName],
            [
              t('transfer.amount'),
              <strong key="amount">
                <Money of={data.amount} />
              </strong>,
            ],
            [t('transfer.reference'), <CopyId key="reference" id={data.reference} />],
          ]}
        />
        <p className="small soft">{t(then)}</p>
      </Card>
      <Card title={t('transfer.qr')}>
        {/* an SVG of our own making, out of a matrix of squares */}
        <div className="transfer__qr" role="img" aria-label={t('transfer.qr')} dangerouslySetInnerHTML={{ __html: data.qrSvg }} />
        <p className="small soft">{t('transfer.qr.hint')}</p>
      </Card>
    </div>
  )
}
