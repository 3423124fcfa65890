"""Sites with canned queries, and requests with values that are default, listed, or drawn from a seed."""

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

from gbagraph import publication
from gbagraph.composition import published
from gbagraph.features.site import endpoint
from gbagraph.queries.canned import CannedQuery
from gbagraph.queries.catalog import local_queries
from gbagraph.rdf.result_formats import ALL
from gbagraph.settings import Settings
from support import file_with
from support.installed import needs

VALUES = {
    "iri": (
        *("guangzhou", "id:nansha", "Q16572", "gba:Zone", "<id/blockchain-zone>", "Baidu"),
        *("广州", "wd:Q16572", "no-such-thing", "Guangzhu", "a b", "http://[x", " "),
    ),
    "string": ("en", "science", "zh-hans", 'a"b\\', "广\n州", "x" * 150),
    "integer": ("2020", "-3", "+2025", "1e3", "", "9" * 19),
}
"""Values for parameters of these types: some name something, some are none."""

CHANGES = (
    *((("limit", "2"),), (("limit", "2"), ("offset", "1")), (("limit", "x"),), (("offset", "3"),)),
    *((("sort", "nope"),), (("filter", "nope=1"),), (("filter", "nothing"),), (("limit", "0"),)),
)


class Asked(NamedTuple):
    """A request for a canned query: its name, the pairs that are given, and the format."""

    name: str
    given: tuple[tuple[str, str], ...]
    format: str

    @property
    def address(self) -> str:
        """Its address below that of the site."""
        pairs = (*self.given, *((("format", self.format),) if self.format else ()))
        return f"queries/{self.name}" + (f"?{urlencode(pairs)}" if pairs else "")


def requests(names: set[str] | None = None, seed: int = 1) -> Iterator[Asked]:
    """Requests for the queries with these *names*, by default all, in every format."""
    chance = random.Random(seed)
    for query in local_queries().values():
        if names is not None and query.name not in names:
            continue
        every = list(dict.fromkeys(offer.name for offer in ALL[query.kind]))
        for name in every:
            yield Asked(query.name, (), name)
        for pairs in given(query, chance):
            yield Asked(query.name, pairs, chance.choice(every))
        yield Asked(query.name, (("labels", "zh-hans,en"),), chance.choice(every))
        yield Asked(query.name, (("infer", "false"),), chance.choice(every))


def given(query: CannedQuery, chance: random.Random) -> Iterator[tuple[tuple[str, str], ...]]:
    """Values for the parameters of a query, one at a time, and for those that all have."""
    yield ()
    for row in query.parameters:
        listed = [choice.value for choice in row.choices]
        for value in (*listed, *VALUES.get(row.type.name, ())):
            yield ((row.name, value),)
        yield ((row.name, "x"), (row.name, "y"))
    yield (("nope", "1"),)
    yield from CHANGES
    for column in query.variables:
        sign, value = (
            chance.choice("~=<>"),
            chance.choice(("zone", "2020", "guangzhou", "gba:Zone")),
        )
        yield (("filter", f"{column}{sign}{value}"), ("sort", f"-{column}"), ("limit", "3"))


def project(folder: Path, data: str, queries: dict[str, str]) -> Settings:
    """What publishes *data* in Turtle and canned queries by their names, written into *folder*."""
    file = file_with(folder / "data.ttl", data)
    (folder / "queries").mkdir()
    for name, text in queries.items():
        file_with(folder / "queries" / f"{name}.rq", text)
    return Settings(data=(file,), queries=folder / "queries", base="https://x.example/")


def written(settings: Settings, folder: Path, **more: Any) -> Path:
    """The folder of a site with these settings, as far as its endpoint needs it."""
    needs("node")
    publication.use(published(settings))
    try:
        for path, content in endpoint.files(settings, **more):
            place = folder / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)
    finally:
        publication.use(publication.OWN)
    return folder
