// Oxigraph's package for Node.js as rdf-test-suite wants an engine: parse a query, or answer it.
// SPARQL results are read by the runner's own parser, so that terms are compared as it compares them.

const { Readable } = require('node:stream');
const { Store } = require('oxigraph');
const { TestCaseQueryEvaluationHandler } = require('rdf-test-suite');

const stores = new Map();

// Filling a store takes most of the time, and many tests are over the same files, of which each quad is
// read in the same order.
function filled(quads) {
  const key = JSON.stringify([quads.length, quads[0], quads.at(-1)]);
  if (!stores.has(key)) {
    const store = new Store();
    for (const quad of quads) store.add(quad);
    stores.set(key, store);
  }
  return stores.get(key);
}

function serialized(store, query, options) {
  const form = /\b(?:construct|describe)\b\s*[{<?*]/iu.test(query) ? 'text/turtle' : 'application/sparql-results+json';
  return [form, store.query(query, { base_iri: options.baseIRI, results_format: form })];
}

module.exports = {
  async parse(query) {
    new Store().query(query);
  },
  async query(quads, query, options) {
    const [form, text] = serialized(filled(quads), query, options);
    return TestCaseQueryEvaluationHandler.parseQueryResult(form, 'urn:x-result', Readable.from([text]));
  },
};
