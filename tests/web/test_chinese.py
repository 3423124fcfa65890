"""Pages in Chinese are Chinese: each kind of page, and each canned answer, in both scripts."""

import html
import re
import tomllib
from html.parser import HTMLParser
from pathlib import Path

import pytest

from gbagraph.queries.catalog import all_queries

MOST = 0.03
"""The share of the texts of a page that may be in another language."""

_LISTED = tomllib.loads(Path(__file__).with_name("chinese.toml").read_text("utf-8"))
EXCEPTIONS = re.compile("|".join(f"(?:{row['text']})" for row in _LISTED["exception"]))
"""What is no text in another language."""

_CODE = frozenset({"code", "pre", "script", "style", "kbd", "textarea", "template"})
_VOID = frozenset({"meta", "link", "input", "br", "hr", "img", "wbr"})
_SEEN = ("aria-label", "title", "alt", "placeholder", "data-column")
_CHINESE = re.compile("[\u3400-\u9fff]")
_WORD = re.compile("[A-Za-z]{2}")


class Texts(HTMLParser):
    """The texts of a page that a reader sees or hears, but for code."""

    def __init__(self, page):
        super().__init__()
        self.found, self._within = [], []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        if not self._is_code():
            self.found += [value for name, value in attributes if name in _SEEN and value]
        if tag not in _VOID:
            self._within.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in _VOID:
            self._within.pop()

    def handle_endtag(self, tag):
        while self._within and self._within.pop() != tag:
            pass

    def handle_data(self, data):
        if not self._is_code():
            self.found.append(data)

    def _is_code(self):
        return not _CODE.isdisjoint(self._within)


def words(page):
    """The texts of a page with a Chinese sign, and those that are in another language."""
    texts = [" ".join(text.split()) for text in Texts(page).found]
    chinese = [text for text in texts if _CHINESE.search(text)]
    others = (text for text in texts if not _CHINESE.search(text))
    return chinese, [text for text in others if _WORD.search(EXCEPTIONS.sub("", text))]


PAGES = (
    *("/", "/queries", "/queries?q=片区", "/ontology", "/ontology/terms/develops"),
    *("/ontology/terms/Zone", "/evidence", "/dataset", "/graph/article", "/graph/context"),
    *("/id/knowledge-city", "/id/baidu", "/id/guangzhou", "/id/approval-kc-master-plan"),
    *("/id/article", "/article/knowledge-city-1", "/id/guangzhou-mega-projects"),
    *("/claim/baidu-develops-apollo-rd-centre", "/changes", "/lookup", "/prefixes"),
    *("/why", "/why?s=id:apollo-rd-centre&p=gba:locatedIn&o=id:guangzhou", "/sparql"),
    *("/search", "/search?q=百度", "/search?q=谁在建设", "/search?q=xyzxyz"),
    *("/sparql?query=SELECT+*+{+?s+a+gba:Zone+}", "/sparql?query=SELECT", "/sparql/explain"),
    *("/sparql?query=PREFIX+gba:<https://w3id.org/gbagraph/ontology%23>ASK{gba:x+a+gba:Zone}",),
    *(
        "/nowhere",
        "/queries/nope",
        "/id/nope",
        "/graph/nope",
        "/search?q=a&kind=x",
        "/problem/query-timeout",
    ),
)
"""Each kind of page but for two, the exceptions: the manual, and /openapi, which is for programs."""
QUESTIONS = tuple(f"/queries/{name}" for name in all_queries())
_OTHER = re.compile(r'href="(/queries/[^"]*[?;&](?:view=\w+|evidence=true))#answer"')
"""What leads to another view of an answer, or to what its rows rest on."""


@pytest.fixture(params=["zh-CN", pytest.param("zh-TW", marks=pytest.mark.matrix)])
def read(request, server):
    """What reads a page in one of the scripts; traditional characters are made from simplified ones."""

    def read(path):
        headers = {"Accept": "text/html", "Accept-Language": request.param}
        found = server.client.get(path, headers=headers, follow_redirects=True)
        assert found.status_code < 500, path
        script = {"zh-CN": "zh-Hans", "zh-TW": "zh-Hant"}[request.param]
        assert f'<html lang="{script}">' in found.text, path
        return found.text

    return read


@pytest.mark.parametrize(
    "paths",
    [
        pytest.param(PAGES, id="pages"),
        pytest.param(QUESTIONS[::3], id="a third of the questions"),
        pytest.param(QUESTIONS, id="questions", marks=pytest.mark.matrix),
    ],
)
def test_pages_are_in_chinese(read, paths):
    shares, todo = [], list(paths)
    for path in todo:
        page = read(path)
        chinese, others = words(page)
        shares.append((len(others) / (len(chinese) + len(others)), path, others[:5]))
        todo += (
            [html.unescape(other) for other in _OTHER.findall(page)] if path in QUESTIONS else []
        )

    assert [each for each in sorted(shares, reverse=True) if each[0] > MOST] == []


def test_an_answer_names_things_for_the_reader_and_programs_get_what_they_got(server):
    page = server.page("/queries/companies-to-zones", "zh-TW")
    rows = server.client.get("/queries/companies-to-zones?format=json").json()["results"][
        "bindings"
    ]

    # A thing, a text that the query writes, a column, a choice of a field, and the same for another.
    for text in (">阿里巴巴</a>", ">將設立</span>", ">企業</a>", ">阿里巴巴</option>"):
        assert text in page
    assert {row["companyLabel"]["xml:lang"] for row in rows} == {"en"}
    assert "is to take part in" in {row["way"]["value"] for row in rows}


def test_a_text_that_a_query_takes_in_english_is_what_the_data_say_to_the_reader(server):
    assert "Begun and not finished." in server.page("/queries/codes-in-use")
    assert "Begun and not finished." not in server.page("/queries/codes-in-use", "zh-CN")


def test_each_exception_has_a_reason():
    assert all(row["reason"] for row in _LISTED["exception"])


def test_texts_are_found():
    page = (
        '<title>首页</title><p>Two words <code>SELECT</code> <a title="Go on" href="/x">百度</a></p>'
        '<svg><path d="M1"/><text>SPARQL</text></svg><p>123 km</p>'
    )

    assert words(page) == (["首页", "百度"], ["Two words", "Go on", "123 km"])
