"""The ontology: its page, its terms, its files and versions."""

from gbagraph.feature import Feature, View

FEATURE = Feature(
    name="ontology",
    summary=__doc__,
    needs=("things",),
    routes=(
        View("/ontology", "gbagraph.features.ontology.routes:document"),
        View("/ontology/terms/{name}", "gbagraph.features.ontology.routes:term"),
        View("/ontology/{version}", "gbagraph.features.ontology.routes:version"),
        View("/ontology.{extension}", "gbagraph.features.ontology.routes:file"),
    ),
)
