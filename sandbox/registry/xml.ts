/** XML in and out for the sandbox: no DOCTYPE, no entities of one's own, UTF-8 only, and text always as text. */
import { DOMImplementation, DOMParser, type Document, type Element, onErrorStopParsing, XMLSerializer } from '@xmldom/xmldom'
import { Refusal } from './commands'

export const readXml = (bytes: Uint8Array): Element => {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new Refusal(2001, 'Frames are UTF-8')
  }
  const declared = /^\s*<\?xml[^>]*?encoding\s*=\s*["']([^"']+)["']/.exec(text)?.[1]
  if (declared !== undefined && declared.toLowerCase() !== 'utf-8') throw new Refusal(2001, 'Frames are UTF-8')
  if (/<!(DOCTYPE|ENTITY)/i.test(text)) throw new Refusal(2001, 'No DOCTYPE, no entities')
  try {
    const root = new DOMParser({ onError: onErrorStopParsing }).parseFromString(text, 'text/xml').documentElement
    if (root) return root
  } catch {
    // the parser's words may quote the frame, and a frame may hold a password
  }
  throw new Refusal(2001, 'Not well-formed XML')
}

export const children = (parent: Element): Element[] =>
  Array.from(parent.childNodes).filter((node): node is Element => node.nodeType === 1)

/** The first child element of that name. */
export const child = (parent: Element | undefined, namespace: string, name: string): Element | undefined =>
  parent && children(parent).find((element) => element.namespaceURI === namespace && element.localName === name)

export const all = (parent: Element | undefined, namespace: string, name: string): Element[] =>
  parent ? children(parent).filter((element) => element.namespaceURI === namespace && element.localName === name) : []

/** xs:token: outer white space gone, inner white space single. */
export const token = (element: Element): string => (element.textContent ?? '').replace(/[ \t\r\n]+/g, ' ').replace(/^ | $/g, '')

/** xs:normalizedString: each white space character is a space. */
export const line = (element: Element): string => (element.textContent ?? '').replace(/[\t\r\n]/g, ' ')

export type Attributes = Record<string, string | undefined>
export type Content = string | (XmlNode | undefined)[] | undefined
/** An element yet to be built: namespace is found by its prefix. */
export interface XmlNode {
  name: string
  attributes: Attributes
  content: Content
}

export const element = (name: string, attributes: Attributes = {}, content?: Content): XmlNode => ({ name, attributes, content })

/** Builds and serialises; every prefix is declared where it first occurs, the default namespace is the root's. */
export const writeXml = (root: XmlNode, namespaces: Record<string, string>): string => {
  const namespaceOf = (name: string) => {
    const prefix = name.includes(':') ? (name.split(':')[0] ?? '') : ''
    const namespace = namespaces[prefix]
    if (namespace === undefined) throw new Error(`no namespace for ${name}`)
    return namespace
  }
  const document: Document = new DOMImplementation().createDocument(namespaceOf(root.name), root.name, null)
  const fill = (into: Element, { attributes, content }: XmlNode) => {
    for (const [name, value] of Object.entries(attributes)) if (value !== undefined) into.setAttribute(name, value)
    if (typeof content === 'string') into.appendChild(document.createTextNode(content))
    else {
      for (const node of content ?? []) {
        if (!node) continue
        const made = document.createElementNS(namespaceOf(node.name), node.name)
        into.appendChild(made)
        fill(made, node)
      }
    }
  }
  if (!document.documentElement) throw new Error('no root')
  fill(document.documentElement, root)
  return `<?xml version="1.0" encoding="UTF-8" standalone="no"?>\n${new XMLSerializer().serializeToString(document, { requireWellFormed: true })}`
}
