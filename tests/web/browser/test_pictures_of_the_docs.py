"""The pictures of pages in the manual and the README are made here: `make pictures`."""

import os
from urllib.parse import quote

import pytest

from gbagraph.paths import resource
from support import eventually

pytestmark = pytest.mark.processes

PICTURES = resource("docs", "pictures")
QUERY = """PREFIX gba: <https://w3id.org/gbagraph/ontology#>
SELECT ?company ?project ?zone {
  ?company gba:develops ?project .
  ?project gba:directlyIn ?zone .
  ?zone a gba:Zone
}"""
PAGES = {
    "start": ("/", (1280, 800), ".drawing"),
    "answer": (f"/sparql?query={quote(QUERY)}", (1280, 860), "#answer tbody tr"),
    "thing": ("/id/apollo-rd-centre", (1280, 800), "main h1"),
    "phone": ("/id/apollo-rd-centre", (390, 844), "main h1"),
}


def size(picture):
    """Width and height of a lossy WebP (RFC 9649, sections 2.5 and 2.7)."""
    data = picture.read_bytes()
    assert (data[:4], data[8:12]) == (b"RIFF", b"WEBP")
    if data[12:16] == b"VP8X":
        return tuple(1 + int.from_bytes(data[at : at + 3], "little") for at in (24, 27))
    assert data[12:16] == b"VP8 "
    return tuple(int.from_bytes(data[at : at + 2], "little") & 0x3FFF for at in (26, 28))


@pytest.mark.parametrize("name", PAGES)
def test_a_picture_is_of_a_page_as_it_is(server, chromium, tmp_path, name):
    path, wanted, shown = PAGES[name]
    kept = PICTURES / f"{name}.webp"
    target = kept if os.environ.get("MAKE_PICTURES") else tmp_path / kept.name
    with chromium.open("about:blank") as page:
        page.resize(*wanted, mobile=False)
        page.go(server.url + path)
        assert eventually(lambda: page.value(f"!!document.querySelector({shown!r})"))
        page.picture(target)

    assert size(target) == size(kept)
    assert kept.stat().st_size < 100_000


def test_each_picture_is_in_the_manual():
    text = resource("docs", "query.md").read_text(encoding="utf-8")

    assert {path.stem for path in PICTURES.glob("*.webp")} == set(PAGES)
    assert [name for name in PAGES if f"(pictures/{name}.webp)" not in text] == []
