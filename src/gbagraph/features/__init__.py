"""The features of the product: its table of contents. Each is a folder that declares what it brings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gbagraph.features import (
    answers,
    assistants,
    benchmark,
    canned,
    causes,
    changes,
    claims,
    curation,
    diagnostics,
    federation,
    manual,
    ontology,
    operations,
    pictures,
    reconcile,
    releases,
    remote,
    search,
    site,
    stores,
    testing,
    things,
    verify,
    versions,
    why,
)

if TYPE_CHECKING:
    from gbagraph.feature import Feature

FEATURES: Final[tuple[Feature, ...]] = (
    canned.FEATURE,  # canned queries: questions with a name and parameters, at /queries and as commands
    things.FEATURE,  # pages and documents of the things, graphs and facts of the dataset
    ontology.FEATURE,  # the ontology: its page, its terms, its files and versions
    search.FEATURE,  # search by name: results, suggestions while typing, names for editors
    why.FEATURE,  # proofs of facts: by which rules a fact follows, and on which passages it rests
    causes.FEATURE,  # why an answer changed: the triples by which rows are gone or new, proven
    verify.FEATURE,  # checks whether the words on which claims rest stand in a text that a reader has
    diagnostics.FEATURE,  # what is wrong or misleading in a query, and what would be right
    federation.FEATURE,  # queries that call the endpoints of others with SERVICE
    reconcile.FEATURE,  # reconciliation of names and look-up of the identifiers of other sites
    pictures.FEATURE,  # pictures of answers and things: charts, maps, timelines, networks
    manual.FEATURE,  # the manual as pages of the server, with a search
    operations.FEATURE,  # metrics, health, the queries that run, a check of the settings
    stores.FEATURE,  # stores on disk: large data, loaded once, with versions that are switched
    remote.FEATURE,  # data that another SPARQL engine holds and evaluates (--engine)
    assistants.FEATURE,  # tools for assistants (Model Context Protocol)
    testing.FEATURE,  # tests of SPARQL queries with pytest, and mutants of queries (gbagraph.testing)
    benchmark.FEATURE,  # reference questions with gold answers, and the scores of what answers them
    claims.FEATURE,  # claims on a text, one a line with its words: written, proposed, reviewed, checked
    curation.FEATURE,  # curation of the built-in data: validation and inference
    answers.FEATURE,  # links to answers that can be checked later, and how to cite answers and things
    versions.FEATURE,  # earlier releases at addresses of their own, and which one was there at a time
    releases.FEATURE,  # releases: differences between two, a new one, publishing to an engine, dumps
    changes.FEATURE,  # changes of each release in words, a feed of patches, a mirror that verifies
    site.FEATURE,  # the published graph as a folder of files, for hosts without a server
)
"""In the order in which documentation lists what they bring."""
