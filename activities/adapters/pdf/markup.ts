/** XML that may stand as it is; made only by the tag below. */
class Markup {
  constructor(readonly text: string) {}
}
export type { Markup }

/** What XML must not hold as it is; control characters and half surrogates not at all. */
const special = /[&<>"'\p{Cc}\p{Cs}\ufffe\uffff]/gu
const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' }

const put = (value: string | number | Markup | false | undefined): string => {
  if (value instanceof Markup) return value.text
  if (value === undefined || value === false) return ''
  return String(value).replace(special, (character) => entities[character] ?? ' ')
}

/** `xml`<ram:Name>${name}</ram:Name>``: what is put in is text, unless it is XML from this tag (or a list of such). Nothing for undefined and false. */
export function xml(
  parts: TemplateStringsArray,
  ...values: (string | number | Markup | readonly Markup[] | false | undefined)[]
): Markup {
  let text = parts[0] ?? ''
  values.forEach((value, index) => {
    text +=
      (Array.isArray(value) ? value.map(put).join('') : put(value as Exclude<typeof value, readonly Markup[]>)) +
      (parts[index + 1] ?? '')
  })
  return new Markup(text)
}
