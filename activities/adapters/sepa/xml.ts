/** XML out for the bank: built as a document, so that text is always text. */
import { DOMImplementation, type Element, XMLSerializer } from '@xmldom/xmldom'

export type Content = string | (XmlNode | undefined | false)[]

export interface XmlNode {
  name: string
  attributes: Record<string, string>
  content: Content
}

export const node = (name: string, content: Content = [], attributes: Record<string, string> = {}): XmlNode => ({
  name,
  attributes,
  content,
})

/** One namespace for the whole document. */
export const writeXml = (root: XmlNode, namespace: string): string => {
  const document = new DOMImplementation().createDocument(namespace, root.name, null)
  const fill = (into: Element, { attributes, content }: XmlNode) => {
    for (const [name, value] of Object.entries(attributes)) into.setAttribute(name, value)
    if (typeof content === 'string') {
      into.appendChild(document.createTextNode(content))
      return
    }
    for (const part of content) {
      if (!part) continue
      const made = document.createElementNS(namespace, part.name)
      into.appendChild(made)
      fill(made, part)
    }
  }
  if (document.documentElement) fill(document.documentElement, root)
  return `<?xml version="1.0" encoding="UTF-8"?>\n${new XMLSerializer().serializeToString(document, { requireWellFormed: true })}\n`
}
