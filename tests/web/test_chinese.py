"""Pages in Chinese are Chinese: every kind of page and every canned answer, in both scripts."""

import re
import tomllib
from html.parser import HTMLParser
from pathlib import Path

import httpx
import pytest

import gbagraph
from gbagraph.queries.catalog import all_queries

MOST = 0.03
"""The share of texts on a page that may be in another language."""

LISTED = tomllib.loads(Path(__file__).with_name("chinese.toml").read_text("utf-8"))
EXCEPT = re.compile("|".join(f"(?:{row['text']})" for row in LISTED["exception"]))

_CODE = {"code", "pre", "script", "style", "kbd", "textarea", "template"}
_VOID = {"meta", "link", "input", "br", "hr", "img", "path", "rect", "circle", "line", "wbr"}
_SEEN = ("aria-label", "title", "alt", "placeholder", "data-column")
_CHINESE = re.compile("[\u3400-\u9fff]")
_WORD = re.compile("[A-Za-z]{2}")


class Texts(HTMLParser):
    """The texts of a page that a reader sees or hears, without code."""

    def __init__(self, page):
        super().__init__()
        self.found, self._within = [], []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        if not self._is_code():
            self.found += filter(None, (values.get(name) for name in _SEEN))
        if tag not in _VOID:
            self._within.append((tag, tag in _CODE or "data-not-translated" in values))

    def handle_startendtag(self, tag, attributes):
        if not self._is_code():
            self.found += filter(None, (dict(attributes).get(name) for name in _SEEN))

    def handle_endtag(self, tag):
        while self._within and self._within.pop()[0] != tag:
            pass

    def handle_data(self, data):
        if not self._is_code():
            self.found.append(data)

    def _is_code(self):
        return any(is_code for _, is_code in self._within)


def words(page):
    """The texts of a page that are in Chinese, and those that are in no Chinese and no exception."""
    texts = [" ".join(text.split()) for text in Texts(page).found]
    chinese = [text for text in texts if _CHINESE.search(text)]
    others = [text for text in texts if _WORD.search(text) and not _CHINESE.search(text)]
    return chinese, [text for text in others if _WORD.search(EXCEPT.sub("", text))]


PAGES = [
    *("/", "/sparql", "/sparql?query=SELECT+*+{+%3Fs+a+gba:Zone+}", "/sparql/explain"),
    *("/queries", "/ontology", "/ontology/terms/develops", "/ontology/terms/Zone", "/dataset"),
    *("/search", "/search?q=baidu", "/search?q=谁在建设", "/search?q=xyzxyz", "/lookup", "/prefixes"),
    *("/why", "/why?s=id:apollo-rd-centre&p=gba:locatedIn&o=id:guangzhou", "/changes", "/evidence"),
    *("/id/knowledge-city", "/id/baidu", "/id/guangzhou", "/id/approval-kc-master-plan"),
    *("/id/article", "/article/knowledge-city-1", "/graph/article", "/graph/context", "/nowhere"),
    *("/queries/nope", "/id/nope", "/problem/query-syntax", "/docs", "/sparql?query=SELECT"),
    "/sparql?query=SELECT+*+{+%3Fx+gba:develops+id:guangzhou+}",
]
QUESTIONS = [
    f"/queries/{name}?{view}"
    for name, query in all_queries().items()
    for view in ("", "view=map", "view=timeline", "view=network", "view=path", "view=chart", "evidence=true")
]
