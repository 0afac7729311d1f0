import { xml, type Markup } from './markup'

/** What PDF/A wants to know of the Factur-X properties before they are used (Factur-X 1.0 §6.2.2, ISO 19005-3 §6.6.2.3.3). */
const property = (name: string, description: string): Markup => xml`
            <rdf:li rdf:parseType="Resource">
              <pdfaProperty:name>${name}</pdfaProperty:name>
              <pdfaProperty:valueType>Text</pdfaProperty:valueType>
              <pdfaProperty:category>external</pdfaProperty:category>
              <pdfaProperty:description>${description}</pdfaProperty:description>
            </rdf:li>`

/** The profiles that we write, by the name of their attachment (ZUGFeRD 2.3 §6.2.2); XRechnung 3.0 is what public buyers in Germany take. */
export const profiles = {
  'EN 16931': { file: 'factur-x.xml', version: '1.0', description: 'EN 16931 (Factur-X)' },
  XRECHNUNG: { file: 'xrechnung.xml', version: '3.0', description: 'XRechnung 3.0' },
} as const
type Profile = keyof typeof profiles

/** The XMP packet of a PDF/A-3b document; `profile`: that of its attachment, absent where there is none. */
export const pdfMetadata = ({
  title,
  author,
  made,
  profile,
}: {
  title: string
  author: string
  made: Date
  profile?: Profile
}): string => {
  const day = made.toISOString().replace(/\.\d+/, '')
  return xml`<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/">
  <pdfaid:part>3</pdfaid:part>
  <pdfaid:conformance>B</pdfaid:conformance>
</rdf:Description>
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/">
  <dc:format>application/pdf</dc:format>
  <dc:title><rdf:Alt><rdf:li xml:lang="x-default">${title}</rdf:li></rdf:Alt></dc:title>
  <dc:creator><rdf:Seq><rdf:li>${author}</rdf:li></rdf:Seq></dc:creator>
</rdf:Description>
<rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:pdf="http://ns.adobe.com/pdf/1.3/">
  <xmp:CreateDate>${day}</xmp:CreateDate>
  <xmp:ModifyDate>${day}</xmp:ModifyDate>
  <xmp:CreatorTool>Kontor</xmp:CreatorTool>
  <pdf:Producer>Kontor</pdf:Producer>
</rdf:Description>
${profile !== undefined && facturX(profile)}
</rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>`.text
}

const facturX = (
  profile: Profile,
): Markup => xml`<rdf:Description rdf:about="" xmlns:fx="urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#">
  <fx:DocumentType>INVOICE</fx:DocumentType>
  <fx:DocumentFileName>${profiles[profile].file}</fx:DocumentFileName>
  <fx:Version>${profiles[profile].version}</fx:Version>
  <fx:ConformanceLevel>${profile}</fx:ConformanceLevel>
</rdf:Description>
<rdf:Description rdf:about=""
    xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
    xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#"
    xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
  <pdfaExtension:schemas>
    <rdf:Bag>
      <rdf:li rdf:parseType="Resource">
        <pdfaSchema:schema>Factur-X PDFA Extension Schema</pdfaSchema:schema>
        <pdfaSchema:namespaceURI>urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#</pdfaSchema:namespaceURI>
        <pdfaSchema:prefix>fx</pdfaSchema:prefix>
        <pdfaSchema:property>
          <rdf:Seq>${property('DocumentFileName', 'name of the embedded XML invoice file')}${property('DocumentType', 'INVOICE')}${property('Version', 'The actual version of the Factur-X XML schema')}${property('ConformanceLevel', 'The conformance level of the embedded Factur-X data')}
          </rdf:Seq>
        </pdfaSchema:property>
      </rdf:li>
    </rdf:Bag>
  </pdfaExtension:schemas>
</rdf:Description>`
