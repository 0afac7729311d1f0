/** XML out to counterparties: built as a document, so that text is always text. */
import { DOMImplementation, type Element, XMLSerializer } from '@xmldom/xmldom'

export type Content = string | (XmlNode | undefined | false)[]

/** An element yet to be built; its namespace is found by its prefix. */
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

/** The document without its declaration. `namespaces`: by prefix, '' for names without one. Throws where a text can't stand in XML 1.0. */
export const writeXml = (root: XmlNode, namespaces: Record<string, string>): string => {
  const namespaceOf = (name: string) => namespaces[name.includes(':') ? (name.split(':')[0] ?? '') : ''] ?? ''
  const document = new DOMImplementation().createDocument(namespaceOf(root.name), root.name, null)
  const fill = (into: Element, { attributes, content }: XmlNode) => {
    for (const [name, value] of Object.entries(attributes)) into.setAttribute(name, value)
    if (typeof content === 'string') {
      into.appendChild(document.createTextNode(content))
      return
    }
    for (const part of content) {
      if (!part) continue
      const made = document.createElementNS(namespaceOf(part.name), part.name)
      into.appendChild(made)
      fill(made, part)
    }
  }
  if (document.documentElement) fill(document.documentElement, root)
  return new XMLSerializer().serializeToString(document, { requireWellFormed: true })
}
