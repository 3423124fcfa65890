"""The files that pages load: hashed addresses, and what may be kept for how long."""

import re

import pytest

from gbagraph.web.addresses import StaticFiles, asset


@pytest.fixture
def files(tmp_path):
    """The files with these texts; names may be in the folder of what is built."""

    def of(**texts):
        (tmp_path / "built").mkdir(exist_ok=True)
        for name, text in texts.items():
            (tmp_path / name).write_text(text)
        return StaticFiles(tmp_path)

    return of


def test_the_address_of_a_file_has_a_hash_of_what_it_holds(files):
    first = files(**{"site.css": "a {}"}).address("site.css")
    same = files(**{"site.css": "a {}"}).address("site.css")
    other = files(**{"site.css": "b {}"}).address("site.css")

    assert re.fullmatch(r"/static/site\.[0-9a-f]{10}\.css", first)
    assert first == same != other


@pytest.mark.parametrize(
    "statement",
    [
        'import { b } from "./b.js";',
        "import {b} from './b.js'",
        'import "./b.js"',
        'export * from "./b.js";',
        'const b = await import("./b.js");',
        'import{b}from"./b.js";',
    ],
)
def test_imports_get_the_hashes_of_what_they_import(files, statement):
    found = files(**{"a.js": statement, "b.js": "export const b = 1;"})

    body = found.find("a.js")[0].body.decode()
    assert f"./{found.address('b.js').removeprefix('/static/')}" in body
    assert "./b.js" not in body


def test_a_change_in_an_imported_module_changes_the_addresses_of_those_that_import_it(files):
    texts = {"a.js": 'import "./b.js";', "b.js": 'import "./c.js";', "c.js": "1;"}
    assert files(**texts | {"c.js": "2;"}).address("a.js") != files(**texts).address("a.js")


def test_a_page_can_ask_for_all_that_a_module_needs(files):
    made = files(
        **{"a.js": "import './b.js'", "b.js": "import './c.js'; import('./d.js')"},
        **{"c.js": "", "d.js": ""},
    )

    assert made.imported("a.js") == (made.address("b.js"), made.address("c.js"))


def test_what_is_built_is_imported_by_its_path_in_the_folder(files):
    found = files(**{"a.js": 'import "./built/prism.js";', "built/prism.js": "1;"})

    target = found.address("prism.js").removeprefix("/static/")
    assert found.find("a.js")[0].body.decode() == f'import "./{target}";'


def test_a_module_that_needs_what_is_not_built_is_left_out_too(files):
    found = files(
        **{
            "a.js": 'import "./b.js";',
            "b.js": 'import { createEditor } from "./built/prism.js";',
            "c.js": 'const later = () => import("./built/prism.js");',
        }
    )

    assert found.address("prism.js") == found.address("a.js") == found.address("b.js") == ""
    assert found.address("c.js") != ""
    assert found.find("a.js") is None


def test_a_name_that_is_no_file_is_a_mistake(files):
    with pytest.raises(KeyError):
        files().address("sight.css")


def test_what_is_no_file_for_pages_has_no_address(files):
    found = files(**{"notes.md": "", "site.css": ""})

    assert found.find("notes.md") is None
    assert found.find("../site.css") is None


def test_an_address_with_the_hash_is_kept_for_good(server):
    response = server.client.get(asset("site.css"))

    assert response.status_code == 200
    assert response.headers["content-type"] == "text/css; charset=utf-8"
    assert response.headers["cache-control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize("name", ["site.css", "site.0123456789.css"])
def test_without_the_hash_of_now_the_file_of_now_answers_and_is_not_kept_long(server, name):
    response = server.client.get(f"/static/{name}")

    assert response.text == server.client.get(asset("site.css")).text
    assert response.headers["cache-control"] == "public, max-age=60"


def test_files_are_compressed(server):
    response = server.client.get(asset("site.css"), headers={"Accept-Encoding": "br"})

    assert response.headers["content-encoding"] == "br"
    assert ":root" in response.text


@pytest.mark.parametrize("name", ["none.css", "site.css.css", "%2e%2e%2fapp.py"])
def test_there_is_nothing_else(server, name):
    assert server.client.get(f"/static/{name}").status_code == 404
