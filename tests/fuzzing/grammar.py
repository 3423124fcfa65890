"""Requests by grammars: right ones of every kind, and such that are damaged; all of them from a seed."""

import json
from functools import cache
from random import Random
from urllib.parse import quote, quote_from_bytes

from gbagraph.queries.catalog import all_queries
from gbagraph.rdf.namespaces import PREFIXES

PATHS = (
    *("/", "/sparql", "/sparql/explain", "/search", "/search/index.json", "/lookup", "/reconcile"),
    *("/reconcile/suggest/entity", "/reconcile/suggest/type", "/reconcile/suggest/property"),
    *(
        "/reconcile/properties",
        "/reconcile/preview",
        "/queries",
        "/openapi",
        "/openapi.json",
        "/why",
    ),
    *("/dumps/gbagraph.trig", "/graphs", "/service", "/prefixes", "/language", "/context.jsonld"),
    *("/.well-known/void", "/.well-known/sparql-examples", "/graph/article", "/graph/meta"),
    *(
        "/ontology",
        "/ontology.ttl",
        "/ontology/terms/Zone",
        "/ontology/0.1.0",
        "/docs",
        "/docs/query",
    ),
    *("/docs/query.md", "/favicon.ico", "/robots.txt", "/sitemap.xml", "/problem/query-syntax"),
    *("/metrics", "/health/live", "/health/ready", "/static/style.css", "/doc", "/doc/dataset"),
    *("/doc/graph/article", "/doc/id/baidu", "/doc/id/baidu.ttl", "/id/baidu", "/id/baidu.jsonld"),
)
NAMES = (
    *("query", "default-graph-uri", "named-graph-uri", "format", "output", "timeout", "infer"),
    *(
        "evidence",
        "labels",
        "version",
        "call",
        "view",
        "order",
        "find",
        "page",
        "q",
        "kind",
        "limit",
    ),
    *("offset", "iri", "queries", "extend", "callback", "prefix", "type", "id", "cursor", "s", "p"),
    *("o", "lang", "datatype", "graph", "default", "to", "back", "sort", "filter", "$x", "$format"),
)
METHODS = (
    "GET",
    "HEAD",
    "OPTIONS",
    "POST",
    "QUERY",
    "PUT",
    "DELETE",
    "PATCH",
    "TRACE",
    "get",
    "A-B",
)
MEDIA_TYPES = (
    *("*/*", "text/html", "text/csv", "text/turtle", "application/n-triples", "application/json"),
    *("application/sparql-results+json", "application/sparql-results+xml", "application/ld+json"),
    *("application/rdf+xml", "application/trig", "text/*", "application/*", "text/markdown", "*"),
    *("application/x-ndjson", "application/openmetrics-text", "image/png", "a/b", "text/plain"),
)
TEXTS = (
    *("", "0", "1", "-1", "10", "1e9", "99999999999999999999", "true", "FALSE", "nan", "null", "a"),
    *("en", "zh-hans,en", "json", "csv", "ttl", "html", "html-table", "Nansha", "广州", "\u0000"),
    *("\ufeff", "\uffff", "\U0001f600", "'", '"', "<script>", "../../etc/passwd", "%00", "%zz"),
    *(
        "a" * 300,
        "?x",
        "$x",
        "x\r\nSet-Cookie: a=b",
        "zone=knowledge-city",
        "-zoneLabel",
        "{}",
        "[]",
    ),
    *("squareKilometres>100", "\u2028", "e\u0301", "ß", "İ", "\\u0041", "\\", "\\ud800", "{{7*7}}"),
)
SCHEMES = ("http://", "https://", "urn:", "file:///", "mailto:", "a:", "HTTP://", "javascript:", "")
_SIGNS = [bytes([number]) for number in range(256)]
_PIECES = (
    *(b"\r\n", b"\n", b"\r", b"\r\n\r\n", b"\x00", b"\xff", b"\t", b" ", b":", b";", b",", b"%"),
    *(b"0", b"-1", b"99999999999999999999", b"chunked", b"Transfer-Encoding: chunked\r\n", b"\x0b"),
    *(b"Content-Length: 3\r\n", b"Content-Length: 0\r\n", b"Expect: 100-continue\r\n", b"HTTP/1.0"),
    *(
        b"Connection: close\r\n",
        b"Host: x\r\n",
        b"HTTP/2.0",
        b" HTTP/1.1",
        b"POST",
        b"HEAD",
        b"\r\n ",
    ),
    *(b"Upgrade: h2c\r\n", b"Connection: Upgrade\r\n", b"Trailer: x\r\n", b"TE: trailers\r\n"),
)
OTHERS = (
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(9),
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(200)),
    *(b"\x80\x2e\x01\x00\x02", b"SSH-2.0-OpenSSH_9.9\r\n", b"\x00" * 40, b"hello\n", b"\r\n" * 20),
    *(
        b"CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET /\r\n\r\n",
        b"GET http://[::1/ HTTP/1.1\r\n",
    ),
    *(b"EHLO x\r\n", b"USER anonymous\r\n", b"\x04\x01\x00\x50", b"*1\r\n$4\r\nPING\r\n", b"{}\n"),
    b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
    b"GET http://other/sparql HTTP/1.1\r\nHost: other\r\n\r\n",
    b"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET / HTTP/1.1\r\nAccept: */*\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a b\r\n\r\n",
)


def head(target: str, *fields: str, method: str = "GET", version: str = "1.1") -> bytes:
    """The head of a request; characters that are none of ASCII are those of Latin-1."""
    lines = [f"{method} {target} HTTP/{version}", "Host: localhost", *fields, "", ""]
    return "\r\n".join(lines).encode("latin-1", "replace")


def encoded(value: str) -> str:
    return quote(value, safe="", errors="surrogatepass")


def iri(rng: Random) -> str:
    """An IRI, or what is nearly one."""
    known = rng.choice(list(PREFIXES.values())) + rng.choice(("baidu", "Zone", "", "x y", "é"))
    parts = (rng.choice(SCHEMES), rng.choice(("e.org", "[::1", "a:b@c:x", "", "广州")), "/")
    made = "".join(parts) + rng.choice(TEXTS)
    return rng.choice((known, known, made, f"<{known}>", "id:baidu", "wd:Q42", "zone:x", made * 20))


def value(rng: Random) -> str:
    return rng.choice((rng.choice(TEXTS), iri(rng), query(rng), rng.choice(MEDIA_TYPES)))


def target(rng: Random) -> str:
    """A path that is there or nearly, with parameters that it has or others have."""
    path = rng.choice(PATHS)
    changed = rng.random()
    if changed < 0.2:
        path = damaged_path(rng, path)
    elif changed < 0.3:
        path += rng.choice(
            (".ttl", ".rq", ".json", ".html", ".", "/", "//", "/../..", "%2e", ".nt")
        )
    names = rng.sample(NAMES, rng.choice((0, 1, 1, 2, 5)))
    pairs = [f"{encoded(name)}={encoded(value(rng))}" for name in names]
    return path + ("?" + rng.choice(("&", "&", "&&", ";")).join(pairs) if pairs else "")


def damaged_path(rng: Random, path: str) -> str:
    place = rng.randrange(1, len(path) + 1)
    bytes_ = bytes(rng.randrange(256) for _ in range(rng.randrange(1, 4)))
    return path[:place] + quote_from_bytes(bytes_, safe="/%:@") + path[place:]


def negotiated(rng: Random) -> list[str]:
    """Header fields that choose, or condition, an answer."""
    makers = (
        lambda: "Accept: " + _ranges(rng, MEDIA_TYPES),
        lambda: "Accept-Encoding: " + _ranges(rng, ("gzip", "br", "zstd", "identity", "*", "x")),
        lambda: "Accept-Language: " + _ranges(rng, ("en", "zh-Hant", "zh", "de-CH", "*", "x" * 9)),
        lambda: 'If-None-Match: W/"' + rng.choice(('x", "y"', "", '"', "*", "a" * 99)),
        lambda: "If-Modified-Since: " + rng.choice((*TEXTS[:20], "Wed, 21 Oct 99999 07:28:00 GMT")),
        lambda: "Range: bytes=" + rng.choice(("0-0", "-1", "5-", "0-0,9-", "x")),
        lambda: "Cookie: language=" + rng.choice(("zh-Hans", "en", '"zh-Hans"', "x", "=;=")),
        lambda: (
            "Forwarded: for=" + rng.choice(("1.2.3.4", '"[::1]"', "_x", '";proto=https;host=a'))
        ),
        lambda: "X-Forwarded-Host: " + rng.choice(("a", "a/b", "<", "[::1]:80", "é")),
        lambda: "Origin: http://a\r\nAccess-Control-Request-Method: POST",
        lambda: "Access-Control-Request-Headers: " + rng.choice(("*", "é", "a" * 99)),
        lambda: "traceparent: 00-" + rng.choice(("0" * 32, "a" * 32, "x")) + "-b7ad6b7169203331-01",
        lambda: "Expect: 100-continue",
        lambda: "Via: 1.1 " + rng.choice(("a", "gbagraph", "é" * 50)),
    )
    fields = [maker() for maker in rng.sample(makers, rng.randrange(1, 5))]
    return [field.replace("\x00", "") for field in fields if "Set-Cookie" not in field]


def _ranges(rng: Random, names: tuple[str, ...]) -> str:
    qualities = (
        "",
        "",
        ";q=0.5",
        ";q=0",
        ";q=1.000",
        ";q=.",
        ";q=2",
        ';x="a,b;c"',
        ";q=",
        " ; q = 1",
    )
    found = rng.sample(names, rng.randrange(1, min(6, len(names))))
    return rng.choice((", ", ",", ",,")).join(name + rng.choice(qualities) for name in found)


@cache
def _canned() -> tuple:
    return tuple(all_queries().values())


def canned(rng: Random) -> str:
    """A canned query with parameters of its own, most of them right."""
    found = rng.choice(_canned())
    pairs = [
        (row.name, row.example if row.example and rng.random() < 0.6 else value(rng))
        for row in found.parameters
        if rng.random() < 0.8
    ]
    more = ("limit", "offset", "sort", "filter", "format", "labels", "evidence", "infer", "page")
    pairs += [(rng.choice(more), rng.choice(TEXTS)) for _ in range(rng.choice((0, 0, 1, 2)))]
    suffix = rng.choice(("", "", "", ".rq", ".csv"))
    given = "&".join(f"{encoded(name)}={encoded(str(text))}" for name, text in pairs)
    return f"/queries/{found.name}{suffix}?{given}"


# --- SPARQL ------------------------------------------------------------------------------------

_VARIABLES = ("?a", "?b", "?c", "$d")
_PREDICATES = (
    "a",
    "rdfs:label",
    "gba:locatedIn",
    "gba:develops",
    "?p",
    "<urn:none>",
    "^gba:develops",
)
_LITERALS = ("1", "2.5", "1e3", '"x"', "'x'@en", "true", '"2020"^^xsd:gYear', '"""a"b"""', "TRUE")
_FUNCTIONS = ("STR", "LANG", "BOUND", "STRLEN", "UCASE", "isIRI", "ABS", "YEAR", "MD5", "IRI")
_OPERATORS = ("=", "!=", "<", ">", "+", "-", "*", "/", "&&", "||")


def query(rng: Random) -> str:
    """A query that is SPARQL."""
    head_ = "".join(f"PREFIX {n}: <{PREFIXES[n]}>\n" for n in ("gba", "id", "rdfs", "xsd"))
    form = rng.choice(("SELECT", "SELECT", "SELECT", "ASK", "CONSTRUCT", "DESCRIBE"))
    where = _group(rng, 2)
    if form == "SELECT":
        columns = rng.choice(
            ("*", "?a", "DISTINCT ?a ?b", "(COUNT(*) AS ?n)", "(STR(?a) AS ?n) ?b")
        )
        text = f"SELECT {columns} {rng.choice(('', '', 'FROM <urn:g> '))}WHERE {where}"
        if "COUNT" in columns and rng.random() < 0.5:
            text += " GROUP BY ?c HAVING (COUNT(*) > 0)"
        text += (
            rng.choice(("", "", " ORDER BY ?a", " ORDER BY DESC(?b) ?a"))
            if "C" not in columns
            else ""
        )
    else:
        what = {"ASK": "", "CONSTRUCT": "{ ?a ?p _:b } WHERE ", "DESCRIBE": "?a WHERE "}[form]
        text = f"{form} {what}{where}"
    return head_ + text + ("" if form == "ASK" else f" LIMIT {rng.choice((0, 1, 5))}")


def _group(rng: Random, depth: int) -> str:
    parts = [_part(rng, depth) for _ in range(rng.choice((1, 1, 2)))]
    return f"{{ {' '.join(parts)} }}"


def _part(rng: Random, depth: int) -> str:
    simple = (
        lambda: f"{_subject(rng)} {rng.choice(_PREDICATES)} {_object(rng)} .",
        lambda: f"{_subject(rng)} a ?c ; rdfs:label ?b .",
        lambda: f"VALUES ?a {{ {_object(rng, constant=True)} UNDEF }}",
        lambda: f"BIND ({_expression(rng, 2)} AS ?{rng.choice('xyz')}{rng.randrange(99)})",
    )
    nested = (
        lambda: f"OPTIONAL {_group(rng, depth - 1)}",
        lambda: f"{_group(rng, depth - 1)} UNION {_group(rng, depth - 1)}",
        lambda: f"MINUS {_group(rng, depth - 1)}",
        lambda: f"FILTER ({_expression(rng, 2)})",
        lambda: f"FILTER NOT EXISTS {_group(rng, 0)}",
        lambda: f"GRAPH ?g {_group(rng, 0)}",
        lambda: f"{{ SELECT ?a WHERE {_group(rng, 0)} LIMIT 3 }}",
        lambda: f"SERVICE SILENT <urn:e> {_group(rng, 0)}",
    )
    return rng.choice((*simple, *nested) if depth > 0 else simple[:2])()


def _subject(rng: Random) -> str:
    return rng.choice((*_VARIABLES, "id:baidu", "id:knowledge-city", "<id/baidu>", "[]"))


def _object(rng: Random, *, constant: bool = False) -> str:
    return rng.choice((*_LITERALS, "id:baidu", "gba:Zone", *(() if constant else _VARIABLES)))


def _expression(rng: Random, depth: int) -> str:
    if depth == 0:
        return _object(rng)
    inner = _expression(rng, depth - 1), _expression(rng, depth - 1)
    return rng.choice(
        (
            f"{rng.choice(_FUNCTIONS)}({rng.choice(_VARIABLES)})",
            f"({inner[0]} {rng.choice(_OPERATORS)} {inner[1]})",
            f"?a IN ({inner[0]}, {inner[1]})",
            f"IF({inner[0]}, {inner[1]}, ?b)",
            f"COALESCE({inner[0]}, {inner[1]})",
            f'REGEX(STR(?a), "{rng.choice(("a", "(", "^b$", "[[:alpha:]]", "a{99}"))}")',
        )
    )


def damaged_query(rng: Random) -> str:
    """A query that was SPARQL, or a canned one, with one to three changes."""
    words = rng.choice((query(rng), rng.choice(_canned()).body)).split(" ")
    for _ in range(rng.randrange(1, 4)):
        place = rng.randrange(len(words))
        others = (
            *"{}()[].;,<>\"'#\\",
            "SELECT",
            "WHERE",
            "FILTER",
            "GROUP BY",
            "VALUES",
            "\u0000",
            "",
        )
        words[place] = rng.choice((rng.choice(others), words[place] * 2, rng.choice(words)))
    return " ".join(words)


def query_text(rng: Random) -> str:
    return damaged_query(rng) if rng.random() < 0.5 else query(rng)


# --- Bodies ------------------------------------------------------------------------------------


def body(rng: Random) -> tuple[str, str, bytes]:
    """A path, a media type and a body for it."""
    form = "&".join(f"{encoded(n)}={encoded(value(rng))}" for n in rng.sample(NAMES, 2)).encode()
    made = (
        ("/sparql", "application/sparql-query", query_text(rng).encode("utf-8", "replace")),
        ("/sparql", FORM, b"query=" + encoded(query_text(rng)).encode()),
        (rng.choice(("/sparql/explain", "/lookup", "/reconcile", "/sparql")), FORM, form),
        (rng.choice(("/lookup", "/reconcile")), "application/json", _json(rng)),
        ("/sparql", "multipart/form-data; boundary=x", b"--x\r\n\r\nASK {}\r\n--x--"),
        (
            rng.choice(PATHS),
            rng.choice((*MEDIA_TYPES, FORM + "; charset=x", "")),
            bytes(rng.randbytes(20)),
        ),
    )
    return rng.choice(made)


FORM = "application/x-www-form-urlencoded"


def _json(rng: Random) -> bytes:
    made = (
        {"iris": [iri(rng), rng.choice(TEXTS)]},
        {
            "queries": {
                "q": {"query": rng.choice(TEXTS), "limit": rng.choice((0, 1, -1, 1e300, "x"))}
            }
        },
        {"queries": {"q": {"properties": [{"pid": iri(rng), "v": [1, None, rng.choice(TEXTS)]}]}}},
        {"extend": {"ids": [iri(rng)], "properties": [{"id": iri(rng), "settings": {"limit": 1}}]}},
        [[[[]]]] * 3,
        rng.choice(TEXTS),
    )
    text = json.dumps(rng.choice(made), ensure_ascii=rng.random() < 0.5)
    if rng.random() < 0.3:
        place = rng.randrange(len(text))
        text = text[:place] + rng.choice(('"', "{", "[", "\\ud800", "\x00", "1e999")) + text[place:]
    return text.encode("utf-8", "surrogatepass")


def with_body(rng: Random) -> bytes:
    """A request with a body, by its length or in chunks, most of them as announced."""
    path, media_type, content = body(rng)
    method = rng.choice(("POST", "POST", "POST", "QUERY", "PUT", "GET"))
    fields = [f"Content-Type: {media_type}"] if media_type else []
    if rng.random() < 0.5:
        length = len(content) + rng.choice((0, 0, 0, 0, 1, -1, 99))
        return head(path, *fields, f"Content-Length: {max(length, 0)}", method=method) + content
    return head(path, *fields, "Transfer-Encoding: chunked", method=method) + _chunks(rng, content)


def _chunks(rng: Random, content: bytes) -> bytes:
    found = b""
    while content:
        size = rng.randrange(1, len(content) + 1)
        extension = rng.choice((b"", b"", b";a=b", b';a="b"', b" ", b";" * 99))
        found += b"%x%b\r\n%b\r\n" % (size, extension, content[:size])
        content = content[size:]
    return (
        found
        + b"0\r\n"
        + rng.choice((b"", b"", b"X-Trailer: a\r\n", b"Content-Length: 9\r\n"))
        + b"\r\n"
    )


# --- Damage ------------------------------------------------------------------------------------


def damaged(rng: Random, request: bytes) -> bytes:
    """*request* with pieces left out, put in, changed, or in another's place."""
    for _ in range(rng.randrange(1, 5)):
        start = rng.randrange(len(request) + 1)
        end = start + rng.choice((0, 0, 1, 2, 10))
        piece = rng.choice((b"", rng.choice(_PIECES), rng.choice(_SIGNS), request[start:end] * 2))
        request = request[:start] + piece + request[end:]
    return request


def whole(rng: Random) -> bytes:
    """Any request."""
    if rng.random() < 0.3:
        return with_body(rng)
    method = rng.choice(METHODS) if rng.random() < 0.2 else "GET"
    version = rng.choice(("1.1", "1.1", "1.1", "1.0"))
    fields = negotiated(rng) if rng.random() < 0.5 else []
    return head(target(rng).replace(" ", ""), *fields, method=method, version=version)


def of_other_protocols(rng: Random) -> bytes:
    sent = rng.choice(OTHERS)
    return sent if rng.random() < 0.3 else damaged(rng, sent)


def pipelined(rng: Random) -> bytes:
    requests = [rng.choice((whole, with_body))(rng) for _ in range(rng.randrange(2, 5))]
    if rng.random() < 0.3:
        requests.append(of_other_protocols(rng))
    return b"".join(requests)
