"""Graphs of any size that follow the ontology, as N-Triples; the same seed gives the same bytes.

    python -m bench.generate 1000000 graph.nt

Each zone comes with its district, companies, projects, launches, a target and claims. The zones are
connected in a ring, so that property paths over a cycle have something to run in.
"""

from __future__ import annotations

import argparse
import itertools
import random
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

BASE: Final = "https://w3id.org/gbagraph/"
GBA: Final = f"{BASE}ontology#"
RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFS: Final = "http://www.w3.org/2000/01/rdf-schema#"
XSD: Final = "http://www.w3.org/2001/XMLSchema#"

ZONE_SIZE: Final = 280
"""Triples that come with one zone, about."""
PROJECTS: Final = 10
"""Projects in a zone."""
_COMPANIES: Final = 5
_ZONES_IN_DISTRICT: Final = 5
_DISTRICTS_IN_CITY: Final = 10
_TOPICS: Final = 40
_PARAGRAPHS: Final = 500


def zones(triples: int) -> int:
    """How many whole zones a graph of that many triples has."""
    return max(triples // ZONE_SIZE, 2)


def lines(triples: int, seed: int = 1) -> Iterator[str]:
    """Exactly *triples* lines of N-Triples."""
    chance, count = random.Random(seed), zones(triples)  # noqa: S311  not for secrets
    parts = (_zone(n, count, chance) for n in itertools.count())
    return itertools.islice(
        itertools.chain(_topics(), itertools.chain.from_iterable(parts)), triples
    )


def write(path: Path, triples: int, seed: int = 1) -> Path:
    """Write a graph to *path*, unless it is there."""
    if not path.exists():
        unfinished = path.with_suffix(".part")
        with unfinished.open("w", encoding="utf-8") as file:
            file.writelines(lines(triples, seed))
        unfinished.rename(path)
    return path


def _id(name: str) -> str:
    return f"<{BASE}id/{name}>"


def _link(subject: str, name: str, value: str) -> str:
    return f"{subject} <{GBA}{name}> {value} .\n"


def _thing(subject: str, kind: str, label: str) -> Iterator[str]:
    yield f"{subject} <{RDF}type> <{GBA}{kind}> .\n"
    yield f'{subject} <{RDFS}label> "{label}"@en .\n'


def _topics() -> Iterator[str]:
    for n in range(_TOPICS):
        yield from _thing(_id(f"topic-{n}"), "Technology", f"Technology {n}")


def _source(subject: str, chance: random.Random) -> str:
    basis = "statedIn" if chance.random() < 0.8 else "inferredFrom"
    return _link(subject, basis, f"<{BASE}article/paragraph-{chance.randrange(_PARAGRAPHS)}>")


def _claim(name: str, triple: tuple[str, str, str], chance: random.Random) -> Iterator[str]:
    claim, (subject, link, value) = f"<{BASE}claim/{name}>", triple
    yield f"{claim} <{RDF}type> <{GBA}Claim> .\n"
    yield f"{claim} <{RDF}subject> {subject} .\n"
    yield f"{claim} <{RDF}predicate> <{GBA}{link}> .\n"
    yield f"{claim} <{RDF}object> {value} .\n"
    yield _source(claim, chance)


def _dates(subject: str, link: str, chance: random.Random) -> Iterator[str]:
    year, month = chance.randrange(2015, 2040), chance.randrange(1, 13)
    yield _link(subject, link, f'"{year}-{month:02}"^^<{XSD}gYearMonth>')
    yield _link(subject, "earliest", f'"{year}-{month:02}-01"^^<{XSD}date>')
    yield _link(subject, "latest", f'"{year}-{month:02}-28"^^<{XSD}date>')


def _place(child: str, parent: str) -> Iterator[str]:
    yield _link(child, "locatedIn", parent)
    yield _link(child, "directlyIn", parent)


def _zone(n: int, count: int, chance: random.Random) -> Iterator[str]:
    zone, number = _id(f"zone-{n}"), n // _ZONES_IN_DISTRICT
    if n % _ZONES_IN_DISTRICT == 0:
        yield from _district(number)
    yield from _thing(zone, "Zone", f"Zone {n}")
    yield from _place(zone, _id(f"district-{number}"))
    yield _link(zone, "connectedTo", _id(f"zone-{(n + 1) % count}"))
    yield _link(zone, "focusesOn", _id(f"topic-{chance.randrange(_TOPICS)}"))
    for company in range(n * _COMPANIES, (n + 1) * _COMPANIES):
        yield from _thing(_id(f"company-{company}"), "Company", f"Company {company}")
    yield from _target(n, zone, number, chance)
    for project in range(n * PROJECTS, (n + 1) * PROJECTS):
        yield from _project(project, n, zone, chance)


def _district(number: int) -> Iterator[str]:
    district, city = _id(f"district-{number}"), _id(f"city-{number // _DISTRICTS_IN_CITY}")
    yield from _thing(district, "District", f"District {number}")
    yield from _place(district, city)
    if number % _DISTRICTS_IN_CITY == 0:
        yield from _thing(city, "City", f"City {number // _DISTRICTS_IN_CITY}")
        yield from _place(city, _id("guangdong"))


def _target(n: int, zone: str, district: int, chance: random.Random) -> Iterator[str]:
    target, setter = _id(f"target-{n}"), _id(f"city-{district // _DISTRICTS_IN_CITY}")
    yield from _thing(target, "Target", f"Target {n}")
    yield _link(target, "setBy", setter)
    yield _link(target, "concerns", zone)
    yield _link(target, "focusesOn", _id(f"topic-{chance.randrange(_TOPICS)}"))
    yield _link(target, "status", f"<{GBA}Planned>")
    yield from _dates(target, "deadline", chance)
    yield _source(target, chance)


def _project(n: int, zone_number: int, zone: str, chance: random.Random) -> Iterator[str]:
    project = _id(f"project-{n}")
    company = _id(f"company-{zone_number * _COMPANIES + chance.randrange(_COMPANIES)}")
    yield from _thing(project, "Project", f"Project {n}")
    yield from _place(project, zone)
    yield _link(project, "focusesOn", _id(f"topic-{chance.randrange(_TOPICS)}"))
    yield _link(project, "status", f"<{GBA}{chance.choice(('Planned', 'Ongoing', 'Completed'))}>")
    yield _link(company, "develops", project)
    yield from _claim(f"place-{n}", (project, "locatedIn", zone), chance)
    yield from _claim(f"developer-{n}", (company, "develops", project), chance)
    yield from _launch(n, project, chance)


def _launch(n: int, project: str, chance: random.Random) -> Iterator[str]:
    launch = _id(f"launch-{n}")
    yield from _thing(launch, "Launch", f"Launch of project {n}")
    yield _link(launch, "launched", project)
    yield from _dates(launch, "date", chance)
    yield _source(launch, chance)
    investment = chance.randrange(1, 9000)
    yield _link(launch, "investment", f'"{investment}"^^<{XSD}integer>')


def main() -> None:
    """Write a graph from the command line."""
    parser = argparse.ArgumentParser(description="Generate a graph that follows the ontology.")
    parser.add_argument("triples", type=int)
    parser.add_argument(
        "path", type=Path, help="N-Triples file to write; left alone if it is there"
    )
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    write(given.path, given.triples, given.seed)


if __name__ == "__main__":
    main()
