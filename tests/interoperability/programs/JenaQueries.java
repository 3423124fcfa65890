import java.io.ByteArrayOutputStream;
import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Arrays;
import org.apache.jena.query.Dataset;
import org.apache.jena.query.Query;
import org.apache.jena.query.QueryExecution;
import org.apache.jena.query.QueryExecutionFactory;
import org.apache.jena.query.QueryFactory;
import org.apache.jena.query.ResultSetFormatter;
import org.apache.jena.riot.RDFDataMgr;
import org.apache.jena.query.DatasetFactory;
import org.apache.jena.atlas.json.JsonBuilder;
import org.apache.jena.atlas.json.JSON;

/** Asks Jena all queries of a suite, each of the whole dataset; a line of JSON for each. */
class JenaQueries {
  public static void main(String[] arguments) throws Exception {
    Dataset dataset = DatasetFactory.create();
    for (File file : sorted(new File(arguments[0], "data"), ".nq")) {
      RDFDataMgr.read(dataset, file.toURI().toString());
    }
    for (File file : sorted(new File(arguments[0], "queries"), ".rq")) {
      JsonBuilder line = JsonBuilder.create().startObject();
      line.pair("name", file.getName().replace(".rq", ""));
      try {
        line.key("results").value(JSON.parse(results(dataset, Files.readString(file.toPath()))));
      } catch (Exception problem) {
        line.pair("error", problem.toString());
      }
      System.out.println(line.finishObject().build().toString().replace("\n", " "));
    }
  }

  static String results(Dataset dataset, String text) {
    Query query = QueryFactory.create(text);
    ByteArrayOutputStream written = new ByteArrayOutputStream();
    try (QueryExecution execution = QueryExecutionFactory.create(query, dataset)) {
      if (query.isAskType()) {
        ResultSetFormatter.outputAsJSON(written, execution.execAsk());
      } else {
        ResultSetFormatter.outputAsJSON(written, execution.execSelect());
      }
    }
    return written.toString(StandardCharsets.UTF_8);
  }

  static File[] sorted(File folder, String suffix) {
    File[] found = folder.listFiles((parent, name) -> name.endsWith(suffix));
    Arrays.sort(found);
    return found;
  }
}
