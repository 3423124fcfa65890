"""Two graphs to be joined across endpoints: shops, which we serve, and orders, which others have."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

E = "https://data.example/"
SHOPS = 12_000
CITIES = 100
ORDERS = 10_000
FIRST = 3_000
"""The number of the first shop that has an order; of the last ones we know nothing."""
MATCHES = SHOPS - FIRST
"""Orders whose shop we know."""
URGENT = 50

_A = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
_LABEL = "<http://www.w3.org/2000/01/rdf-schema#label>"
_INTEGER = "http://www.w3.org/2001/XMLSchema#integer"


def shop(number: int) -> str:
    """The IRI of a shop."""
    return f"{E}shop/{number}"


def city_of(number: int) -> str:
    """The IRI of the city in which a shop is."""
    return f"{E}city/{number % CITIES}"


def order(number: int) -> str:
    """The IRI of an order."""
    return f"{E}order/{number}"


def shops() -> Iterator[str]:
    """Some ten thousands of N-Triples: each shop with its city, each city with its population."""
    for number in range(CITIES):
        city = f"<{city_of(number)}>"
        yield f"{city} {_A} <{E}City> .\n"
        yield f'{city} <{E}population> "{1000 + number}"^^<{_INTEGER}> .\n'
    for number in range(SHOPS):
        this = f"<{shop(number)}>"
        yield f"{this} {_A} <{E}Shop> .\n"
        yield f'{this} {_LABEL} "Shop {number}"@en .\n'
        yield f"{this} <{E}inCity> <{city_of(number)}> .\n"


def orders() -> Iterator[str]:
    """An order each of ten thousand shops; the first of them are urgent."""
    for number in range(ORDERS):
        yield f"<{order(number)}> <{E}from> <{shop(FIRST + number)}> .\n"
    for number in range(URGENT):
        yield f"<{order(number)}> {_A} <{E}Urgent> .\n"


def write(folder: Path) -> tuple[Path, Path]:
    """The files of both graphs, the shops first."""
    found = folder / "shops.nt", folder / "orders.nt"
    for path, lines in zip(found, (shops(), orders()), strict=True):
        path.write_text("".join(lines))
    return found


PREFIXES = f"PREFIX e: <{E}>\nPREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>\n"

Row = tuple[str, ...]


@dataclass(frozen=True)
class Kind:
    """A kind of query: what is asked of the orders, what of the shops, and the rows that must come.

    *text* has ``%s`` where the pattern for the shops is; a pattern may name another endpoint, as
    ``{orders}``. *columns* are those of the rows; a graph has its triples as rows, without them.
    """

    text: str
    pattern: str
    columns: tuple[str, ...]
    rows: Callable[[], list[Row]]

    def service(self, shops: str, orders: str = "") -> str:
        """The query for an engine that has the orders and calls the endpoint of the shops."""
        return self._asked(f"SERVICE <{shops}> {{ {self.pattern} }}", orders)

    def plain(self, orders: str = "") -> str:
        """The query for an engine that finds out who has what, or sends us all of it."""
        return self._asked(self.pattern, orders)

    @property
    def calls_on(self) -> bool:
        """Whether the endpoint of the shops is asked to call the other."""
        return "{orders}" in self.pattern

    def _asked(self, pattern: str, orders: str = "") -> str:
        return PREFIXES + (self.text % pattern).replace("{orders}", orders)


def _population(number: int) -> str:
    return str(1000 + number % CITIES)


KINDS = {
    "single pattern": Kind(
        "SELECT ?label { %s }",
        f"<{shop(7)}> rdfs:label ?label",
        ("label",),
        lambda: [("Shop 7",)],
    ),
    "join": Kind(
        "SELECT ?order ?population { ?order a e:Urgent ; e:from ?shop . %s }",
        "?shop e:inCity ?city . ?city e:population ?population",
        ("order", "population"),
        lambda: [(order(n), _population(FIRST + n)) for n in range(URGENT)],
    ),
    "bound join": Kind(
        "SELECT ?order ?city { ?order e:from ?shop . %s }",
        "?shop e:inCity ?city",
        ("order", "city"),
        lambda: [(order(n), city_of(FIRST + n)) for n in range(MATCHES)],
    ),
    "CONSTRUCT": Kind(
        "CONSTRUCT { ?order e:to ?city } WHERE { ?order a e:Urgent ; e:from ?shop . %s }",
        "?shop e:inCity ?city",
        (),
        lambda: [(order(n), f"{E}to", city_of(FIRST + n)) for n in range(URGENT)],
    ),
    "our SERVICE out": Kind(
        "SELECT ?order ?city { %s }",
        "SERVICE <{orders}> { ?order a e:Urgent ; e:from ?shop } ?shop e:inCity ?city",
        ("order", "city"),
        lambda: [(order(n), city_of(FIRST + n)) for n in range(URGENT)],
    ),
}
"""The columns of the matrix. One more is a row here."""
