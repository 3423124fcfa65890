"""Why something is in an answer: proofs of triples, and what rows rest on."""
