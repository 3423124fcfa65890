"""The language of pages: chosen by a link, kept in a cookie, else that of the browser."""

import httpx
import pytest

from gbagraph.web import context
from support import problem


class Asked:
    """A request with these header fields."""

    def __init__(self, **headers):
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


@pytest.mark.parametrize(
    ("headers", "language"),
    [
        ({}, "en"),
        ({"accept_language": "zh-CN,zh;q=0.9,en;q=0.8"}, "zh-Hans"),
        ({"accept_language": "zh-TW"}, "zh-Hant"),
        ({"accept_language": "zh-HK, en;q=0.5"}, "zh-Hant"),
        ({"accept_language": "zh-Hans-HK"}, "zh-Hans"),
        ({"accept_language": "zh-Hant-MO"}, "zh-Hant"),
        ({"cookie": "language=zh-Hant", "accept_language": "zh-CN"}, "zh-Hant"),
        ({"accept_language": "fr, zh;q=0.5, en;q=0.4"}, "zh-Hans"),
        ({"accept_language": "de, fr;q=0.5"}, "en"),
        ({"accept_language": "en-GB, zh;q=0.9"}, "en"),
        ({"accept_language": "zh;q=0, en"}, "en"),
        ({"accept_language": "*"}, "en"),
        ({"accept_language": ";;,,=,\x00"}, "en"),
        ({"cookie": "language=zh-Hans", "accept_language": "en"}, "zh-Hans"),
        ({"cookie": "a=b; language=en; c=d", "accept_language": "zh"}, "en"),
        ({"cookie": "language=xx", "accept_language": "zh"}, "zh-Hans"),
        ({"cookie": "language=../../etc", "accept_language": "en"}, "en"),
        ({"cookie": ";;=;\x01", "accept_language": "zh"}, "zh-Hans"),
    ],
)
def test_the_language_of_a_reader(headers, language):
    assert context.language_of(Asked(**headers)) == language


@pytest.mark.parametrize(
    ("asked", "tags"),
    [
        ("zh-CN", ("zh-hans", "zh-hant", "en")),
        ("zh-TW", ("zh-hant", "zh-hans", "en")),
        ("en, zh-TW;q=0.5", ("en",)),
    ],
)
def test_names_are_in_the_characters_of_a_reader_then_the_others_then_english(asked, tags):
    assert context.labels_of(Asked(accept_language=asked)) == tags


@pytest.mark.parametrize(
    ("back", "location"),
    [
        ("/queries?x=1", "/queries?x=1"),
        ("", "/"),
        ("//evil.example/x", "/evil.example/x"),
        ("\\\\evil.example", "/evil.example"),
        ("/\\evil.example", "/evil.example"),
        ("https://evil.example/", "/https://evil.example/"),
        ("javascript:alert(1)", "/javascript:alert(1)"),
        ("/a\r\nSet-Cookie: x=y", "/a%0D%0ASet-Cookie:%20x=y"),
        ("\t//evil.example", "/%09//evil.example"),
        ("/id/廣州", "/id/%E5%BB%A3%E5%B7%9E"),
    ],
)
def test_a_choice_is_kept_and_leads_back_to_no_other_server(server, back, location):
    # Without the client that all tests share: it would keep the cookie.
    given = {"to": "zh-Hans", "back": back}
    response = httpx.get(f"{server.url}/language", params=given, timeout=60)

    assert (response.status_code, response.headers["Location"]) == (303, location)
    assert response.headers["Set-Cookie"].startswith("language=zh-Hans; Path=/; Max-Age=")
    assert response.headers["Cache-Control"] == "no-store"
    assert "x=y" not in response.headers.get("Set-Cookie", "")


def test_there_are_no_pages_in_other_languages(server):
    problem(server.client.get("/language", params={"to": "tlh"}), 422, "bad-parameter")


def test_caches_are_told_by_what_pages_differ(server):
    headers = {"Accept": "text/html"}
    english = server.client.get("/queries", headers=headers)
    chosen = server.client.get("/queries", headers=headers | {"Cookie": "language=zh-Hans"})

    # In one field, since nginx's cache reads no second one.
    assert english.headers.get_list("Vary") == ["Accept, Accept-Encoding, Accept-Language, Cookie"]
    assert '<html lang="en">' in english.text
    assert '<html lang="zh-Hans">' in chosen.text
