"use strict";
// Comunica 5.4.1 over several endpoints loses rows without an error. This mends the three causes: the count
// of a pattern, and an ASK, are sent without their GRAPH, and an EXISTS is sent to the endpoint that has the
// pattern beside it. config.json leaves filters where they stand: moved before the joins, some take minutes.
// Each graph, and so the default graph, has to be whole in one endpoint. To start it, from this folder:
//     COMUNICA_CONFIG=$PWD/config.json NODE_OPTIONS="--require $PWD/patch.cjs" \
//         comunica-sparql-http sparql@http://127.0.0.1:7878/query sparql@http://127.0.0.1:7879/query -w 3

const { dirname } = require("node:path");
const { realpathSync } = require("node:fs");

const places = { paths: [dirname(realpathSync(process.argv[1]))] };
const part = (name) => require(require.resolve(`@comunica/${name}`, places));

const { QuerySourceSparql } = part(
  "actor-query-source-identify-hypermedia-sparql/lib/QuerySourceSparql.js",
);
const { ActorOptimizeQueryOperationGroupSources } = part("actor-optimize-query-operation-group-sources");
const { Algebra, algebraUtils } = part("utils-algebra");

const source = QuerySourceSparql.prototype;
source.operationToNormalizedCountQuery = function (operation) {
  return this.operationToCountQuery(this.dataFactory, this.algebraFactory, operation);
};

const { operationToQuery } = source;
source.operationToQuery = function (operation) {
  const { algebraFactory: factory } = this;
  const isAsk = operation.type === Algebra.Types.ASK;
  // A subquery keeps its GRAPH.
  const sent = isAsk ? factory.createAsk(factory.createProject(operation.input, [])) : operation;
  return operationToQuery.call(this, sent);
};

const groups = ActorOptimizeQueryOperationGroupSources.prototype;
const { moveSourceAnnotationUpwardsIfPossible } = groups;
groups.moveSourceAnnotationUpwardsIfPossible = async function (operation, ...others) {
  return asksForExistence(operation.expression)
    ? operation
    : moveSourceAnnotationUpwardsIfPossible.call(this, operation, ...others);
};

function asksForExistence(expression) {
  return Boolean(expression) && (
    expression.subType === Algebra.ExpressionTypes.EXISTENCE || (expression.args ?? []).some(asksForExistence)
  );
}
