"""The ontology: its page, its terms, its files and versions."""

from gbagraph.feature import Feature, View

FEATURE = Feature(
    name="ontology",
    summary=__doc__,
    needs=("things",),
    routes=(
        View("/ontology", "gbagraph.web.views.ontology:document"),
        View("/ontology/terms/{name}", "gbagraph.web.views.ontology:term"),
        View("/ontology/{version}", "gbagraph.web.views.ontology:version"),
        View("/ontology.{extension}", "gbagraph.web.views.ontology:file"),
    ),
)
