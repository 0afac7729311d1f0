import { splitName, toULabel } from '../../../workflows/policy/names'
import { useText } from '../texts/use-text'

/** A domain name as people read it (U-label); where the registry's spelling (A-label) differs, it shows on hover and is read aloud. */
export function Name({ name }: { name: string }) {
  const t = useText()
  const shown = toULabel(name)
  const { label, tld } = splitName(shown)
  const whole = (
    <>
      {label}
      {tld ? <span className="name__tld">.{tld}</span> : null}
    </>
  )
  if (shown === name) return <bdi className="name">{whole}</bdi>
  return (
    <bdi className="name" title={t('name.a-label', { name })}>
      {whole}
    </bdi>
  )
}
