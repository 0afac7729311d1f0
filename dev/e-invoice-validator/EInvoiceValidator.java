import java.io.File;
import java.net.URL;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import javax.xml.XMLConstants;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.transform.stream.StreamSource;
import javax.xml.validation.SchemaFactory;
import net.sf.saxon.s9api.DOMDestination;
import net.sf.saxon.s9api.Processor;
import net.sf.saxon.s9api.XsltExecutable;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.TestAssertion;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/**
 * Holds files against the official rules, all in one run. XML: the Factur-X schema of the profile EN 16931, and the Schematron of CEN
 * (EN 16931), of Factur-X and of XRechnung 3.0 (rules BR-DE-…, for buyers in Germany). PDF: veraPDF's PDF/A-3b. Says one line per broken
 * rule, `file TAB rule TAB flag TAB words`, and `file TAB ok` when it has seen all of a file.
 */
public final class EInvoiceValidator {
  private static final String SVRL = "http://purl.oclc.org/dsdl/svrl";
  private static final String[] SHEETS = {
    "xslt/en16931schematron/EN16931-CII-validation.xslt",
    "xslt/ZF_250/FACTUR-X_EN16931.xslt",
    "xslt/XR_30/XRechnung-CII-validation.xslt",
  };

  public static void main(String[] files) throws Exception {
    Processor saxon = new Processor(false);
    List<XsltExecutable> sheets = new ArrayList<>();
    for (String file : files) {
      if (file.endsWith(".pdf")) pdf(file);
      else {
        if (sheets.isEmpty()) for (String sheet : SHEETS) sheets.add(saxon.newXsltCompiler().compile(source(sheet)));
        xml(file, saxon, sheets);
      }
      System.out.println(file + "\tok");
    }
  }

  private static StreamSource source(String name) {
    URL url = EInvoiceValidator.class.getClassLoader().getResource(name);
    if (url == null) throw new IllegalStateException("The jar has no " + name);
    return new StreamSource(url.toExternalForm());
  }

  private static void xml(String file, Processor saxon, List<XsltExecutable> sheets) throws Exception {
    try {
      SchemaFactory.newInstance(XMLConstants.W3C_XML_SCHEMA_NS_URI)
          .newSchema(source("schema/ZF_250/EN16931/FACTUR-X_EN16931.xsd"))
          .newValidator()
          .validate(new StreamSource(new File(file)));
    } catch (org.xml.sax.SAXException wrong) {
      say(file, "XSD", "fatal", wrong.getMessage());
    }
    for (XsltExecutable sheet : sheets) {
      DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
      factory.setNamespaceAware(true);
      Document report = factory.newDocumentBuilder().newDocument();
      var transformer = sheet.load30();
      transformer.transform(new StreamSource(new File(file)), new DOMDestination(report));
      if (report.getElementsByTagNameNS(SVRL, "fired-rule").getLength() == 0) say(file, "none", "fatal", "no rule has looked at it");
      for (String kind : new String[] {"failed-assert", "successful-report"}) {
        NodeList broken = report.getElementsByTagNameNS(SVRL, kind);
        for (int index = 0; index < broken.getLength(); index++) {
          Element one = (Element) broken.item(index);
          String flag = one.getAttribute("flag");
          say(file, one.getAttribute("id"), flag.isEmpty() ? "fatal" : flag, one.getTextContent() + " " + one.getAttribute("location"));
        }
      }
    }
  }

  private static void pdf(String file) throws Exception {
    VeraGreenfieldFoundryProvider.initialise();
    PDFAFlavour flavour = PDFAFlavour.PDFA_3_B;
    try (var in = Files.newInputStream(new File(file).toPath());
        var parser = Foundries.defaultInstance().createParser(in, flavour);
        var validator = Foundries.defaultInstance().createValidator(flavour, false)) {
      var result = validator.validate(parser);
      if (result.getTotalAssertions() == 0) say(file, "none", "fatal", "no rule has looked at it");
      for (TestAssertion assertion : result.getTestAssertions())
        if (assertion.getStatus() == TestAssertion.Status.FAILED)
          say(file, "PDF/A " + assertion.getRuleId().getClause(), "fatal", assertion.getMessage());
    }
  }

  private static void say(String file, String rule, String flag, String words) {
    System.out.println(file + "\t" + rule + "\t" + flag + "\t" + words.replaceAll("\\s+", " ").trim());
  }
}
