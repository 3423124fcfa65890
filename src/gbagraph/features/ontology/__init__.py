"""The ontology and the vocabulary of evidence: their pages, terms, files and versions."""

from gbagraph.feature import Feature, View

FEATURE = Feature(
    name="ontology",
    summary=__doc__,
    package=__name__,
    needs=("things",),
    routes=(
        View("/ontology", ".routes:document"),
        View("/ontology/terms/{name}", ".routes:term"),
        View("/ontology/{version}", ".routes:version"),
        View("/ontology.{extension}", ".routes:file"),
        View("/evidence", ".routes:evidence"),
        View("/evidence/terms/{name}", ".routes:term"),
        View("/evidence/{version}", ".routes:version"),
        View("/evidence.{extension}", ".routes:file"),
    ),
)
