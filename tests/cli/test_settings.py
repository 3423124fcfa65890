"""Settings: option before variable before file, each checked, and shown with where it is from."""

import json
from datetime import date

import pytest

from gbagraph.cli.project import checked, read
from gbagraph.errors import SettingError
from gbagraph.settings import Settings, rows, table
from support import file_with
from support.inside import command


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"tittle": "x"}, "'tittle' is no setting. Did you mean title?"),
        ({"wholly-unknown": 1}, "is no setting. There are: data, "),
        ({"port": "x"}, "port is 'x', but has to be a whole number."),
        ({"port": 1.5}, "has to be a whole number"),
        ({"port": True}, "has to be a whole number"),
        ({"port": 70000}, "a number of at least 0 and at most 65535"),
        ({"query_timeout": 0}, "a number of at least 0.01"),
        ({"title": 1}, "title is 1, but has to be a text."),
        ({"infer": "yes"}, "true or false"),
        ({"data": 1}, "a path, or a list of paths"),
        ({"data": [1]}, "a path, or a list of paths"),
        ({"queries": []}, "a text"),
        ({"prefixes": {"a": 1}}, "names of prefixes with IRIs, such as shop="),
        ({"prefixes": {"a": "not an iri"}}, "names of prefixes with IRIs"),
        ({"prefixes": {"1 a": "urn:x:"}}, "names of prefixes with IRIs"),
        ({"prefixes": ["a"]}, "names of prefixes with IRIs"),
        ({"base": "example.org/lights/"}, "an IRI, such as https://example.org/trams/"),
        ({"base": "ftp:x y"}, "an IRI, such as https://example.org/trams/"),
        ({"language": "English, please"}, "the tag of a language, such as en"),
        ({"report": "ask us"}, "an address, such as data@example.org or https://"),
        ({"trusted_proxies": [1]}, "addresses or networks, such as 10.0.0.5"),
        ({"trusted_proxies": "10.0.0.0/8, proxy"}, "or 10.0.0.0/8, or * for all"),
        ({"root_path": "no slash"}, "a path that begins with a slash, such as /graph"),
        ({"root_path": "/a?b"}, "a path that begins with a slash"),
        ({"public_url": "graph.example"}, "an IRI such as https://"),
        ({"root_path": "/gr%C3%A4f"}, "a path that begins with a slash"),
        ({"public_url": "https://graph.example/?a=b"}, "an address without ? and #"),
        ({"log_level": "loud"}, "one of debug, info, warning, error"),
        ({"public_url": "https://graph.example/#"}, "an address without ? and #"),
        ({"version": 1.4}, "version is 1.4, but has to be a text."),
        ({"version": "2 / 3"}, "a version without spaces, such as 2.3"),
        ({"issued": "2026-02-30"}, "has to be a date, such as 2026-11-25."),
        ({"doi": "doi.org"}, "has to be a DOI, such as 10.5281/zenodo.1234567."),
        ({"contact": "ask us"}, "an address, such as data@example.org or https://"),
        ({"languages": ["English, German"]}, "tags of languages, such as en or zh-Hans"),
        ({"creator": 1}, "a text, or a list of texts"),
        ({"sources": "paper"}, "an IRI such as https://"),
    ],
)
def test_a_wrong_setting_is_told(given, says):
    with pytest.raises(SettingError) as caught:
        checked(given, "here")

    assert caught.value.message.startswith("here: ")
    assert says in caught.value.message


def test_where_a_server_is_published_is_told_in_each_way():
    given = {"root_path": "/a/b/", "public_url": "https://e.org/a/", "trusted_proxies": "*, ::1"}

    assert checked(given, "here") == {**given, "trusted_proxies": ("*", "::1")}


def test_what_is_said_of_a_dataset_is_read_in_each_way():
    given = {
        "issued": date(2026, 11, 25),
        "doi": "doi:10.5281/zenodo.1",
        "contact": "a@b.example",
        "creator": "Ada Leaf; Bo",
        "keywords": ["tea", "tea", " prices "],
        "base": "https://example.org/tea",
        "prefixes": ["tea=https://example.org/tea#", "old=urn:x-old:"],
    }

    assert checked(given, "here") == {
        "issued": "2026-11-25",
        "doi": "https://doi.org/10.5281/zenodo.1",
        "contact": "mailto:a@b.example",
        "creator": ("Ada Leaf", "Bo"),
        "keywords": ("tea", "prices"),
        "base": "https://example.org/tea/",
        "prefixes": (("tea", "https://example.org/tea#"), ("old", "urn:x-old:")),
    }


def test_every_setting_has_a_kind_that_takes_its_default():
    for row in rows():
        if row.default not in (None, (), ""):
            assert row.checked(row.default) == row.default


def test_a_file_is_read_with_its_paths_beside_it(tmp_path):
    (tmp_path / "shop.ttl").write_text("")
    path = file_with(
        tmp_path / "gbagraph.toml",
        'data = ["shop.ttl", "0.2.0"]\nqueries = "q"\nquery-timeout = 5\n[prefixes]\ns = "urn:s"',
    )

    found = read(path)

    assert found["data"] == (tmp_path / "shop.ttl", path.with_name("0.2.0").relative_to(tmp_path))
    assert found["queries"] == tmp_path / "q"
    assert (found["query_timeout"], found["prefixes"]) == (5.0, (("s", "urn:s"),))
    assert Settings.from_values(found).port == 8000


def test_a_byte_order_mark_is_no_part_of_the_file(tmp_path):
    path = tmp_path / "gbagraph.toml"
    path.write_text('title = "A"', encoding="utf-8-sig")

    assert read(path) == {"title": "A"}


@pytest.mark.parametrize(("text", "says"), [("a = ", "is not TOML"), (None, "cannot be read")])
def test_a_file_that_cannot_be_read_is_told(tmp_path, text, says):
    path = tmp_path / "gbagraph.toml"
    if text is not None:
        path.write_text(text)

    with pytest.raises(SettingError, match=says):
        read(path)


def test_an_option_goes_before_a_variable_and_that_before_the_file(tmp_path, monkeypatch):
    (tmp_path / "gbagraph.toml").write_text("port = 1\nworkers = 2\nresult_size = 3\n")
    monkeypatch.chdir(tmp_path)
    variables = {"GBAGRAPH_PORT": "12", "GBAGRAPH_WORKERS": "22"}

    found = json.loads(command("settings", "-f", "json", "--port", "11", **variables).stdout)

    assert [
        (found[name]["value"], found[name]["from"])
        for name in ("port", "workers", "result_size", "host")
    ] == [
        (11, "option"),
        (22, "environment"),
        (3, "file"),
        ("127.0.0.1", "default"),
    ]
    assert list(found) == list(table())
