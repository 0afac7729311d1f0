import { useText } from '../texts/use-text'
import { Page } from '../ui/page'
import { title } from '../ui/title'

export const meta = title('terms.title')

const parts = ['contract', 'payment', 'withdrawal', 'registry', 'data'] as const

export default function Terms() {
  const t = useText()
  return (
    <Page title={t('terms.title')} lead={t('terms.lead')} width="reading">
      <div className="prose">
        {parts.map((part) => (
          <section key={part} className="stack stack--tight">
            <h2>{t(`terms.${part}.title`)}</h2>
            <p>{t(`terms.${part}.text`)}</p>
          </section>
        ))}
      </div>
    </Page>
  )
}
