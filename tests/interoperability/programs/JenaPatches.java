import org.apache.jena.rdfpatch.RDFPatch;
import org.apache.jena.rdfpatch.RDFPatchOps;
import org.apache.jena.riot.RDFDataMgr;
import org.apache.jena.riot.RDFFormat;
import org.apache.jena.sparql.core.DatasetGraph;
import org.apache.jena.sparql.core.DatasetGraphFactory;

/** Applies RDF Patches in turn, and writes what is there then; a comment for each has its header. */
class JenaPatches {
  public static void main(String[] files) {
    DatasetGraph dataset = DatasetGraphFactory.createTxnMem();
    for (String file : files) {
      RDFPatch patch = RDFPatchOps.read(file);
      System.out.printf("# %s %s %s%n", patch.getId(), patch.getPrevious(), patch.getHeader("hash"));
      RDFPatchOps.applyChange(dataset, patch);
    }
    dataset.begin();
    RDFDataMgr.write(System.out, dataset, RDFFormat.NQUADS);
    dataset.end();
  }
}
