import java.io.File;
import org.semanticweb.owlapi.apibinding.OWLManager;
import org.semanticweb.owlapi.model.OWLOntology;
import org.semanticweb.owlapi.profiles.OWLProfileReport;
import org.semanticweb.owlapi.profiles.Profiles;

/** Prints what keeps an ontology out of OWL 2 RL and OWL 2 DL, as the OWL API sees it. */
class OwlProfiles {
  public static void main(String[] arguments) throws Exception {
    OWLOntology ontology =
        OWLManager.createOWLOntologyManager()
            .loadOntologyFromOntologyDocument(new File(arguments[0]));
    for (Profiles profile : new Profiles[] {Profiles.OWL2_RL, Profiles.OWL2_DL}) {
      OWLProfileReport report = profile.checkOntology(ontology);
      System.out.println(profile.getName());
      report.getViolations().forEach(System.out::println);
    }
  }
}
