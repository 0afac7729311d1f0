/** The schemas of EPP and its extensions, for refusing what they refuse. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { ParseOption, XmlDocument, XmlValidateError, XsdValidator } from 'libxml2-wasm'
import { xmlRegisterFsInputProviders } from 'libxml2-wasm/lib/nodejs.mjs'

let validator: XsdValidator | undefined

const opened = (): XsdValidator => {
  if (!validator) {
    // the schemas import each other by namespace; the driver names their files
    xmlRegisterFsInputProviders()
    const driver = fileURLToPath(new URL('schemas/epp-all.xsd', import.meta.url))
    validator = XsdValidator.fromDoc(XmlDocument.fromBuffer(readFileSync(driver), { url: driver }))
  }
  return validator
}

/** What the schemas have against this frame; undefined when nothing. The words never quote a value: it may be a password. */
export const schemaError = (frame: Uint8Array | string): string | undefined => {
  let document: XmlDocument
  try {
    const options = { option: ParseOption.XML_PARSE_NONET }
    document = typeof frame === 'string' ? XmlDocument.fromString(frame, options) : XmlDocument.fromBuffer(frame, options)
  } catch {
    return 'Not well-formed XML'
  }
  try {
    opened().validate(document)
    return undefined
  } catch (error) {
    if (!(error instanceof XmlValidateError)) throw error
    const named = /Element '(?:\{[^}]*\})?([^']+)'/.exec(error.details[0]?.message ?? error.message)?.[1]
    return named === undefined ? 'Against the schema' : `Against the schema at <${named}>`
  } finally {
    document.dispose()
  }
}
