"""What one writes who knows another language, another version or another store: a table.

A row has the form of the mistake, what is said of it, and what is right.
"""

from __future__ import annotations

import re
from typing import Final

from gbagraph.sparql.slips.forms import IRI, STRING, Row

_I: Final = rf"(?<!{IRI}){IRI}++"
_TEXT: Final = rf"(?<!{STRING}){STRING}++(?:@[\w-]+)?"
_V: Final = r"[?$]\w+"
_NAME: Final = r"[\w-]*:[\w.-]*\w"
_ARGS: Final = r"\((?:[^(){}]|\((?:[^(){}]|\([^(){}]*\))*+\))*+\)"
_CALL: Final = rf"\w+\s*{_ARGS}"
_VALUE: Final = rf"(?:{_CALL}|{_V}|{_TEXT}(?:\^\^(?:{_NAME}|{_I}))?|{_I}|{_NAME}|-?\d[\d.]*)"
_SIDE: Final = r"[^{}()]*?"
_TRIPLE: Final = rf"(?P<mark>{_V})\s+(?:a|{_NAME}|{_V}|{_I})\s+{_VALUE}"
_HEAD: Final = rf"\A(?:\s*PREFIX\s+[\w-]*:\s*{IRI}++|\s*BASE\s*{IRI}++)*+\s*"


def _like(groups: dict[str, str]) -> str | None:
    """The function that a pattern of LIKE means."""
    text, value = groups["s"], groups["v"]
    quote, inner = text[0], text[1:-1]
    plain = inner.strip("%*")
    if not plain or re.search(r"[%_*]", plain):
        return None
    function = {(True, True): "CONTAINS", (False, True): "STRSTARTS", (True, False): "STRENDS"}.get(
        (inner[0] in "%*", inner[-1] in "%*")
    )
    subject, plain = f"STR({value})", f"{quote}{plain}{quote}"
    if groups["mark"].upper() == "ILIKE":
        subject, plain = f"LCASE({subject})", plain.lower()
    test = f"{function}({subject}, {plain})" if function else f"{subject} = {plain}"
    return f"!({test})" if groups["not"] else test


def _contains(groups: dict[str, str]) -> str | None:
    """The function of SPARQL for a full-text search for one word or phrase."""
    text = groups["s"].strip("\"'").strip().lower()
    if not text or re.search(r"\b(?:and|or|not|near)\b|[*?~\"\\]", text):
        return None
    test = f'CONTAINS(LCASE(STR({groups["v"]})), "{text}")'
    return test if "(" in groups["at"] else f"FILTER({test})"


_COUNTED: Final = "A path has no %(mark)s in SPARQL. One to three steps are p|p/p|p/p/p: each number of steps is written."
_STEPS: Final = 5
"""Steps that are written out at most."""


def _steps(groups: dict[str, str]) -> str | None:
    """The path with the numbers of steps that *groups* give."""
    path, least = groups["p"], int(groups["a"] or 0)
    if groups["to"] and not groups["b"]:
        return "/".join([*[path] * (least - 1), f"{path}{'+' if least else '*'}"])
    most = int(groups["b"]) if groups["to"] else least
    ways = ["/".join([path] * number) for number in range(max(least, 1), most + 1)]
    if not 0 < most <= _STEPS or not ways:
        return None
    ways[0] += "?" * (not least)
    return f"({'|'.join(ways)})" if ways[1:] else ways[0]


DIALECTS: Final = (
    Row(rf"{_HEAD}(?:OPTIONAL\s+)?(?P<at>MATCH)\s*\(",
        "This is Cypher, and this endpoint takes SPARQL: (n)-[:KNOWS]->(m) is the triple ?n prefix:knows ?m, a "
        "label is a class (?n a prefix:Class), RETURN is SELECT at the beginning."),
    Row(rf"{_HEAD}(?P<at>g\.[VE])\s*\(",
        "This is Gremlin, and this endpoint takes SPARQL: SELECT ?x { ?x a prefix:Class ; prefix:property ?y }."),
    Row(_HEAD + r"(?P<at>(?:query|mutation|subscription)\b[^{}?]*\{|\{\s*\w+\s*(?:\{|\([^(){}?]*\)\s*\{))",
        "This is GraphQL, and this endpoint takes SPARQL: SELECT ?x ?y { ?x a prefix:Class ; prefix:field ?y }."),
    Row(_HEAD + r"SELECT\b[^{}?$]*?\b(?P<at>FROM)\s+(?!NAMED\b)(?P<table>[A-Za-z]\w*)\b(?![:\w])",
        "This is SQL, and this endpoint takes SPARQL: there are no tables, and what is asked for is written as "
        "triples in braces: SELECT ?column WHERE { ?row a prefix:%(table)s ; prefix:column ?column }."),
    Row(r"\b(?P<at>(?:SHOW|USE|CALL)\s+\w+)\s*;?\s*\Z",
        "%(at)s is a command of a database of another kind; a query begins with SELECT, ASK, CONSTRUCT or "
        "DESCRIBE."),
    Row(r"\b(?P<at>DEFINE\s+(?:sql:[\w-]+|input:(?:inference|storage))\s+(?:\S+))",
        "DEFINE is an instruction of Virtuoso; it has no use here, so leave it out.", ""),
    Row(r"\b(?P<at>DEFINE)\s+(?P<name>[\w-]+:[\w-]+)",
        "DEFINE %(name)s is an instruction of Virtuoso; here, FROM names the graphs, and "
        "nothing else can be set."),
    Row(rf"(?P<at>(?P<v>{_V})\s+<?bif:contains>?\s+(?P<s>(?<!{STRING}){STRING}+))",
        "bif:contains is Virtuoso's search in texts; SPARQL has CONTAINS.", _contains),
    Row(rf"(?P<at><?bif:contains>?\s*\(\s*(?P<v>{_V})\s*,\s*(?P<s>(?<!{STRING}){STRING}+)\s*\))",
        "bif:contains is Virtuoso's search in texts; SPARQL has CONTAINS.", _contains),
    Row(r"(?P<at><?bif:\w+>?)",
        "%(at)s is a function of Virtuoso and is not available here; SPARQL has its own functions, such as "
        "CONTAINS, REGEX and STRLEN."),
    Row(r"(?P<at>SERVICE\s+wikibase:(?:around|box|mwapi))",
        "%(at)s is a search of Wikidata that is called like an endpoint; it is not available here."),
    Row(r"(?P<at>SERVICE\s+(?:gas:service|bds:\w+|luc:\w+))",
        "%(at)s is a function that another store calls like an endpoint; it is not available here."),
    Row(r"\bFROM\s+(?P<at><http://(?:www\.ontotext\.com/|www\.openrdf\.org/schema/sesame#)[\w-]+>|(?:onto|sesame):\w[\w-]*)",
        "%(at)s is no graph but an instruction of GraphDB. Here, FROM names graphs of the data; without FROM all "
        "of it is asked, and the parameter infer=false leaves out what follows from other statements."),
    Row(r"(?P<at>text:(?:query|search))\b",
        "%(at)s asks the full-text index of Apache Jena. Here, compare names: ?x rdfs:label ?name FILTER("
        'CONTAINS(LCASE(STR(?name)), "…")).'),
    Row(r"(?P<at>(?:luc|lucene|luc-index|inst|con|con-inst):\w[\w-]*)",
        "%(at)s asks the Lucene index of GraphDB. Here, compare names: ?x rdfs:label ?name FILTER("
        'CONTAINS(LCASE(STR(?name)), "…")).'),
    Row(r"(?P<at>(?:apf|afn|list|jfn):\w+)",
        "%(at)s is from Apache Jena's library (ARQ) and is not available here."),
    Row(r"(?P<at><tag:stardog:api:property:textMatch>|(?:stardog:property|stardog|fts):textMatch)",
        "%(at)s is Stardog's search in texts; SPARQL has CONTAINS: FILTER(CONTAINS(LCASE(STR(?text)), \"…\"))."),
    Row(r"(?P<at>omgeo:\w+)",
        "%(at)s asks the spatial index of GraphDB. Here, compare coordinates: ?x wgs84:lat ?lat ; wgs84:long ?long "
        "FILTER(?lat > 22.5 && ?lat < 23.5)."),
    Row(r"(?P<at><tag:stardog:[^>]*>|(?:stardog|path|fts):\w+|\bPATHS\s+(?:START|SHORTEST|ALL|CYCLIC)\b)",
        "%(at)s belongs to Stardog and is not available here. A property path such as prefix:p+ tells whether "
        "there is a path, but not which one."),
    Row(r"(?P<at>hint:\w+\s+hint:\w+\s+\S+(?:\s*\.(?!\w))?)",
        "hint: is for Blazegraph's optimizer; it has no use here, so leave it out.", ""),
    Row(r"(?P<at>gas:\w+)",
        "%(at)s belongs to Blazegraph's graph analytics and is not available here. A property path such "
        "as prefix:p+ follows a property to any depth."),
    Row(r"\b(?P<at>INCLUDE\s+%\w+|AS\s+%\w+)",
        "%(at)s (WITH, INCLUDE) is a named subquery of Blazegraph. Here, write the subquery where its result is used: "
        "{ SELECT … { … } }."),
)  # fmt: skip
"""What belongs to other languages and stores."""

DATE: Final = Row(rf"(?<![\w{STRING}{IRI}.:?/+-])(?P<at>\d{{4}}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01]))(?![\w:.-])",
    "%(at)s is a subtraction of numbers. A date is a literal: \"%(at)s\"^^xsd:date.",
    lambda groups: f'"{groups["at"]}"^^<http://www.w3.org/2001/XMLSchema#date>')  # fmt: skip

END: Final = Row(
    r"\}\s*(?:(?:LIMIT|OFFSET)\s+\d+\s*)*(?P<at>[;.])\s*\Z", "The query ends without %(at)s.", ""
)
"""What is a slip only where all braces are closed."""

SYNTAX: Final = (
    Row(r"(?P<at>```\w*|~~~\w*)", "%(at)s marks a block of code and is not part of the query.", ""),
    Row(r"(?:(?<=\s)|\A)(?P<at>(?://|--(?=\s))(?P<text>[^\n]*))", "A comment begins with #.", "#{text}"),
    Row(r"(?P<at>/\*[^*]*\*/)", "A comment begins with # and ends with its line.", ""),
    Row(rf"(?P<at>(?P<mark>@(?P<word>prefix|base))(?P<rest>\s+(?:[\w-]*:\s*)?{IRI}+)\s*\.?)",
        "In a query, write %(word)s without @ and without a dot at the end.", "{word}{rest}"),
    Row(rf"\bPREFIX\s+(?P<at>[\w-]+)(?=\s+(?P<iri>{IRI}+))",
        "A prefix is declared with a colon: %(at)s: %(iri)s.", "{at}:"),
    Row(rf"\bPREFIX\s+[\w-]*:\s*{IRI}+\s*(?P<at>[;.])", "A declaration ends without %(at)s after it.", ""),
    Row(rf"\bVALUES\s+(?:{_V}|\([^()]*\))\s*(?P<at>(?P<mark>\{{\s*\{{)(?P<e>[^{{}}]*)\}}\s*\}})",
        "The values go in one pair of braces, not in two.", "{{ {e} }}"),
    Row(r"(?P<at>\$\{\w+\}|\{\{\s*\w+\s*\}\}|(?<!\w)%s\b|\$\d+\b)",
        "%(at)s is a placeholder that was not filled in."),
    Row(rf"{_HEAD}(?P<at>\{{)(?=\s*(?:{_V}|{IRI}|[\w-]*:))(?![\s\S]*\}}\s*SELECT\b)",
        "A query begins with its form, such as SELECT and the variables, or *.", "SELECT * {{"),
    Row(rf"\b(?P<at>(?P<form>SELECT)\s+(?P<v>{_V}(?:\s*,?\s*{_V})*)\s+(?P<mark>DISTINCT|REDUCED)\b)",
        "%(mark)s goes before the variables.", "{form} {mark} {v}"),
    Row(r"\bSELECT\s+(?P<at>UNIQUE|DISTINCTROW)\b", "%(at)s is SQL; SPARQL has DISTINCT.", "DISTINCT"),
    Row(r"\bSELECT\s+(?P<at>ALL)\s+(?=[?$*(])", "ALL is SQL; SPARQL gives all rows without it.", ""),
    Row(rf"\bSELECT\s+(?P<at>DISTINCT\s*\(\s*(?P<v>{_V})\s*\))",
        "Variables after DISTINCT have no parentheses.", "DISTINCT {v}"),
    Row(rf"\bSELECT\s+(?P<at>\(\s*DISTINCT\s+(?P<v>{_V})\s*\))",
        "DISTINCT and the variables have no parentheses.", "DISTINCT {v}"),
    Row(rf"\bSELECT\s+(?:DISTINCT\s+)?(?P<at>\(\s*(?P<v>{_V}(?:\s*,?\s*{_V})*)\s*\))(?=\s*(?:WHERE|FROM|\{{))",
        "The variables have no parentheses.", "{v}"),
    Row(r"\bSELECT\s+(?P<at>(?P<d>DISTINCT|REDUCED)?\s*)(?=WHERE\b)",
        "SELECT needs variables, or *, before the pattern.", "{d} * "),
    Row(r"\bDESCRIBE(?P<at>\s+)(?=WHERE\b|\{)", "DESCRIBE needs variables, IRIs or *.", " * "),
    Row(rf"\bASK\s+(?P<at>(?:{_V}\s*)+|\*\s*)(?=WHERE\b|\{{)", "ASK has no variables.", ""),
    Row(rf"\bCONSTRUCT\s+(?P<at>{_V}|\*)",
        "CONSTRUCT needs a template of triples in braces: CONSTRUCT { ?x a ?y } WHERE { ?x a ?y }."),
    Row(rf"(?P<at>\bCOUNT\s+(?P<d>DISTINCT\s+)?(?P<v>{_V}))",
        "What COUNT counts goes in parentheses.", "COUNT({d}{v})"),
    Row(rf"(?P<at>\bDISTINCT\s+COUNT\s*\(\s*(?P<v>{_V})\s*\))",
        "DISTINCT goes inside the parentheses of COUNT.", "COUNT(DISTINCT {v})"),
    Row(r"\bCOUNT\s*\(\s*(?:DISTINCT\s+)?[?$]\w+\s*(?P<at>,)",
        "COUNT takes one variable or *. To count rows of several, write SELECT (COUNT(*) AS ?count) { SELECT "
        "DISTINCT ?a ?b { … } }."),
    Row(rf"\b(?P<at>(?P<mark>STRING_AGG|LISTAGG)\s*\((?P<x>(?:[^(){{}},;]|{_ARGS})*),\s*(?P<s>{STRING}+)\s*\)(?:\s*WITHIN\s+GROUP\s*{_ARGS})?)",
        "GROUP_CONCAT takes its separator by name: GROUP_CONCAT(…; SEPARATOR=%(s)s).", "GROUP_CONCAT({x}; SEPARATOR={s})"),
    Row(rf"\bGROUP_CONCAT\s*\((?:(?!SEPARATOR)[^(){{}};])*(?<![\s,;(])(?P<at>\s*[,;]?\s*(?P<s>(?<!{STRING}){STRING}+))\s*\)",
        "GROUP_CONCAT takes its separator by name: GROUP_CONCAT(…; SEPARATOR=%(s)s).", "; SEPARATOR={s}"),
    Row(rf"\bGROUP_CONCAT\s*\([^(){{}};]*(?<![\s,;(])(?P<at>\s*[,;]?\s*\bSEPARATOR\s+(?P<s>(?<!{STRING}){STRING}+))\s*\)",
        "GROUP_CONCAT takes its separator by name: GROUP_CONCAT(…; SEPARATOR=%(s)s).", "; SEPARATOR={s}"),
    Row(rf"\bGROUP_CONCAT\s*\([^(){{}};]*(?<![\s,;(])(?P<at>\s*,?\s*SEPARATOR\s*=\s*(?P<s>(?<!{STRING}){STRING}+))\s*\)",
        "A semicolon goes before SEPARATOR.", "; SEPARATOR={s}"),
    Row(rf"\bSELECT\s+(?:DISTINCT\s+)?(?:{_V}\s+)*(?P<at>{_VALUE}(?:\s*(?:[-+*/]|\|\|)\s*{_VALUE})+\s+AS\s+{_V})",
        "AS and what it names go in parentheses: (%(at)s).", "({at})"),
    Row(r"\bREGEX\s*\([^{}]*?,\s*(?P<at>/(?P<e>[^/\s\"][^/\n\"]*)/(?P<f>[a-z]*))",
        "A regular expression is a text in quotation marks, and its flags are another one.",
        lambda groups: f'"{groups["e"]}"' + (f', "{groups["f"]}"' if groups["f"] else "")),
    Row(rf"{_HEAD}(?!\s*(?:PREFIX|BASE)\b)(?:(?!\s*CONSTRUCT\b)|[^{{}}]*\{{[^{{}}]*\}}[^{{}}]*)[\s\S]*?\}}\s*(?P<at>WHERE)\s*\{{", "There is one WHERE in a query: all patterns go into its braces."),
    Row(rf"\bSELECT\s+(?:DISTINCT\s+)?(?:{_V}\s+)*(?P<at>{_V}\s+AS\s+{_V})",
        "AS and what it names go in parentheses: (%(at)s).", "({at})"),
    Row(r"\bSELECT\s+(?:DISTINCT\s+)?(?P<at>TOP\s*\(?\s*(?P<n>\d+)\s*\)?)",
        "TOP is SQL; SPARQL has LIMIT %(n)s at the end.", "", " LIMIT {n}"),
    Row(r"(?P<at>\bFETCH\s+(?:FIRST|NEXT)\s+(?P<n>\d+)\s+ROWS?\s+ONLY\b|\bTOP\s+(?P<o>\d+)\s*\Z|\bLIMIT\s*[=:(]\s*(?P<m>\d+)\s*\)?)",
        "To limit the rows, write LIMIT and a number.", "LIMIT {n}{o}{m}"),
    Row(r"(?P<at>\bLIMIT\s+(?P<o>\d+)\s*,\s*(?P<n>\d+))",
        "LIMIT takes one number; the rows to skip go in OFFSET.", "LIMIT {n} OFFSET {o}"),
    Row(r"\b(?P<word>LIMIT|OFFSET)\s*(?P<at>[^\s\d(=:+-]\S*)", "%(word)s is followed by a whole number."),
    Row(r"\b(?P<at>(?P<word>LIMIT|OFFSET))\s*\Z", "%(word)s is followed by a whole number."),
    Row(r"\b(?P<at>ORDER|GROUP)\b(?!\s+BY\b)", "%(at)s is followed by BY.", "{at} BY"),
    Row(rf"\b(?P<word>ASC|DESC)\s+(?P<at>{_V})",
        "The sort key of %(word)s goes in parentheses: %(word)s(%(at)s).", "({at})"),
    Row(r"\b(?:LIMIT|OFFSET)\s+\d+(?P<at>\s+ROWS?\b)", "LIMIT and OFFSET take only a number.", ""),
    Row(rf"(?P<at>(?P<v>{_V})\s+(?P<mark>ASC|DESC)(?:ENDING)?\b)(?!\s*\()",
        "%(mark)s goes before the sort key, which is in parentheses: %(mark)s(%(v)s).", "{mark}({v})"),
    Row(rf"\b(?P<at>LET\s*\(\s*(?P<v>{_V})\s*:?=\s*(?P<e>[^{{}}]*?)\s*\))\s*(?=[.}}?$<\w])",
        "LET is an old extension; SPARQL has BIND.", "BIND({e} AS {v})"),
    Row(rf"\bBIND\s*(?P<at>\(\s*(?P<v>{_V})\s*:?=\s*(?P<e>(?:[^(){{}}]|{_ARGS})*?)\s*\))",
        "BIND takes the value first, then AS and the variable.", "({e} AS {v})"),
    Row(rf"\bBIND\s+(?P<at>{_VALUE}\s+AS\s+{_V})", "BIND needs parentheses.", "({at})"),
    Row(r"\bFILTER\s*(?P<at>!\s*EXISTS)\b", "After FILTER, write NOT EXISTS.", "NOT EXISTS"),
    Row(r"(?P<at>\bIN\s*\(\s*SELECT)\b",
        "IN takes a list of values, no subquery: FILTER EXISTS { … } asks for what there is, FILTER NOT EXISTS { … } "
        "or MINUS { … } leaves it out."),
    Row(r"(?:\b(?!FILTER\b|NOT\b|AND\b|OR\b)\w+|[^\w\s(!&|,])\s*(?P<at>(?:NOT\s+)?EXISTS)\s*\{",
        "%(at)s is a condition and needs a FILTER before it.", "FILTER {at}"),
    Row(r"(?P<at>\bNOT\b)(?!\s+(?:EXISTS|IN|NULL|NONE|I?LIKE|BETWEEN)\b)\s*(?=[\w(?$!])", "In a condition, not is written !.", "!"),
    Row(rf"(?P<at>(?P<v>{_V})\s*(?P<mark>\bIS\s+NOT\s+(?:NULL|NONE)\b|(?:!=|<>)\s*(?:NULL|NONE|NIL)\b))",
        "To test whether a variable has a value, write BOUND(%(v)s).", "BOUND({v})"),
    Row(rf"(?P<at>(?P<v>{_V})\s*(?P<mark>\bIS\s+(?:NULL|NONE)\b|==?\s*(?:NULL|NONE|NIL)\b))",
        "To test whether a variable has no value, write !BOUND(%(v)s).", "!BOUND({v})"),
    Row(r"\b(?P<at>NULL|NIL|NONE)\b(?!\s*[:(])",
        "There is no %(at)s; BOUND(?x) asks whether a variable has a value."),
    Row(rf"(?P<at>(?P<v>{_VALUE})\s+(?P<mark>BETWEEN)\s+(?P<a>{_VALUE})\s+AND\s+(?P<b>{_VALUE}))",
        "BETWEEN is SQL; write two comparisons joined by &&.", "({v} >= {a} && {v} <= {b})"),
    Row(rf"(?P<at>(?P<v>{_VALUE})\s+(?P<not>NOT\s+)?(?P<mark>I?LIKE)\s+(?P<s>(?<!{STRING}){STRING}+))",
        'LIKE is SQL; SPARQL has CONTAINS(STR(%(v)s), "…"), STRSTARTS, STRENDS and REGEX.', _like),
    Row(r"\b(?P<at>SEARCH|FIND|INSTR|CHARINDEX|LOCATE|STRPOS|POSITION|GREPL)\s*\(",
        "SPARQL has no function %(at)s. CONTAINS(text, part) tells whether a part is in a text, REGEX(text, pattern, "
        "\"i\") also in any case."),
    Row(rf"(?P<at>~=)(?!\s*{STRING})", "Not equal is written !=.", "!="),
    Row(rf"(?P<at>(?P<v>{_VALUE})\s*(?P<mark>%in%)\s*c\s*(?P<e>\([^(){{}}]*\)))",
        "%(mark)s is R; SPARQL has IN and a list in parentheses: %(v)s IN %(e)s.", "{v} IN {e}"),
    Row(r"\bFILTER\s*\((?:[^{}]*?[^\w])?(?P<at>(?:AVG|SUM|MIN|MAX|COUNT|SAMPLE|GROUP_CONCAT))\s*\(",
        "FILTER tests one solution at a time, so it has no aggregate such as %(at)s. Compute it in a SELECT in braces, "
        "{ SELECT (%(at)s(…) AS ?a) { … } }, or test groups by HAVING."),
    Row(rf"(?P<at>(?P<v>{_V})\s+(?P<mark>I?LIKE)\b)",
        'LIKE is SQL; SPARQL has CONTAINS(STR(%(v)s), "…"), STRSTARTS, STRENDS and REGEX.'),
    Row(rf"(?P<at>(?P<v>{_V})\s+(?P<mark>CONTAINS|INCLUDES)\s+(?P<s>(?<!{STRING}){STRING}+))",
        "CONTAINS is a function: CONTAINS(STR(%(v)s), %(s)s).", "CONTAINS(STR({v}), {s})"),
    Row(rf"(?P<at>(?P<v>{_V})\s+(?P<mark>STARTS?\s*WITH)\s+(?P<s>(?<!{STRING}){STRING}+))",
        "STRSTARTS is a function: STRSTARTS(STR(%(v)s), %(s)s).", "STRSTARTS(STR({v}), {s})"),
    Row(rf"(?P<at>(?P<v>{_V})\s*(?P<mark>=~|~=?|\bREGEXP?|\bMATCHES)\s*(?P<s>(?<!{STRING}){STRING}+))",
        "REGEX is a function: REGEX(STR(%(v)s), %(s)s).", "REGEX(STR({v}), {s})"),
    Row(rf"\b(?:REGEX|CONTAINS|STRSTARTS|STRENDS)\s*\(\s*(?:{_CALL}|{_V})(?P<at>\s+)(?={STRING})",
        "The arguments of a function are separated by commas.", ", "),
    Row(rf"\b(?P<at>CASE\s+WHEN\s+(?P<c>{_SIDE})\s+THEN\s+(?P<a>{_VALUE})\s+ELSE\s+(?P<b>{_VALUE})\s+END)\b",
        "CASE WHEN is SQL; SPARQL has IF(condition, value, other value).", "IF({c}, {a}, {b})"),
    Row(rf"\b(?P<at>IF\s+(?P<c>{_SIDE})\s+THEN\s+(?P<a>{_VALUE})\s+ELSE\s+(?P<b>{_VALUE})(?:\s+END)?)",
        "IF is a function: IF(condition, value, other value).", "IF({c}, {a}, {b})"),
    Row(r"\b(?P<at>CASE\s+\w+|CASE|WHEN|THEN|ELSE)\b(?!\s*[:(])",
        "SPARQL has IF(condition, value, other value) in place of %(at)s."),
    Row(r"(?P<at>(?P<a>-?\d[\d.]*)\s*(?P<o><=?)\s*(?P<v>[?$]\w+)\s*(?P<p><=?)\s*(?P<b>-?\d[\d.]*))",
        "Comparisons cannot be chained; join two by &&.", "({a} {o} {v} && {v} {p} {b})"),
    Row(r"(?P<at>!==|={2,3})", "%(at)s is no operator of SPARQL; write = for equal and != for not equal.",
        lambda groups: "!=" if groups["at"] == "!==" else "="),
    Row(r"(?P<at>=>|=<)", "%(at)s is no operator of SPARQL; write >= or <=.",
        lambda groups: groups["at"][::-1]),
    Row(rf"[\w){STRING}]\s*(?P<at><>)(?=\s*(?:[?$\d({STRING}{IRI}-]|[\w-]*:))", "Not equal is written !=.", "!="),
    Row(r"(?P<at>≠|\^=|!\s=)", "Not equal is written !=.", "!="),
    Row(r"(?P<at>≥)", "At least is written >=.", ">="),
    Row(r"(?P<at>≤)", "At most is written <=.", "<="),
    Row(rf"\((?:[^(){{}}&]|&&|{_ARGS})*+(?P<at>&)(?!&)", "In a condition, and is written &&.", "&&"),
    Row(rf"\bFILTER\s*\((?:[^(){{}}|]|\|\||{_ARGS})*+(?P<at>\|)(?!\|)", "In a condition, or is written ||.", "||"),
    Row(rf"{STRING}(?P<at>\^)(?!\^)", "A datatype follows ^^.", "^^"),
    Row(rf"\bVALUES\s*(?P<at>\(\s*(?P<v>{_V})\s*\))(?=\s*\{{[^(){{}}]*[^(){{}}\s][^(){{}}]*\}})",
        "If the variable of VALUES is in parentheses, so is each value.", "{v}"),
    Row(rf"\bVALUES\s+{_V}\s*(?P<at>[(\[](?P<e>[^(){{}}\[\]]*)[)\]])",
        "The values of one variable go in braces.", lambda groups: f"{{ {groups['e'].replace(',', ' ')} }}"),
    Row(rf"\bVALUES\s+{_V}\s*(?P<at>\{{(?P<e>[^(){{}}]*,[^(){{}}]*)\}})",
        "Values are not separated by commas.", lambda groups: groups["at"].replace(",", " ")),
    Row(r"\bIN\s*(?P<at>[{\[](?P<e>[^(){}\[\]]*)[}\]])", "The values after IN go in parentheses.", "({e})"),
    Row(rf"\bFILTER\s*(?P<at>{_ARGS}\s*(?:&&|\|\|)\s*{_ARGS})(?!\s*(?:&&|\|\|))",
        "The whole condition of a FILTER goes in parentheses.", "({at})"),
    Row(rf"(?<=\s)(?P<at>is(?:[\s_]*an?)?)(?=\s+(?:{_NAME}|{IRI}|{_V}))", "The class of a thing is given by a alone.", "a"),
    Row(rf"(?:{_V}|{_NAME}|{IRI}|[;\]])\s+(?P<at>(?-i:A))(?=\s+(?:{_NAME}|{IRI}|{_V}))", "The keyword a is written in lower case.", "a"),
    Row(rf"\b(?P<word>OPTIONAL|MINUS|UNION)\s+(?P<at>{_TRIPLE})(?=\s*[.}}])",
        "%(word)s needs a group in braces: %(word)s { … }.", "{{ {at} }}"),
    Row(rf"\{{\s*(?P<at>{_TRIPLE})(?=\s*\.?\s*UNION\b)",
        "UNION needs a group in braces on both sides: { … } UNION { … }.", "{{ {at} }}"),
    Row(r"\}\s*(?P<at>OR)\s*\{", "Patterns are combined by UNION; OR is no keyword.", "UNION"),
    Row(r"\}\s*(?P<at>AND)\s*(?=[{?$])", "All patterns in braces must match, so nothing stands between two of them.", ""),
    Row(r"[{.][^(){}.]*[^(){}.\s]\s+(?P<at>AND)\s(?=[^()]*[.}])", "Triples are joined by a dot, not by AND.", "."),
    Row(r"\.(?P<at>\s+\.)(?=\s)", "One dot is enough.", ""),
    Row(rf"{STRING}@(?P<at>{STRING}+)", "A language tag has no quotation marks.", lambda groups: groups["at"].strip("\"'")),
    Row(rf"\bLANG\s*\(\s*{_V}\s*\)\s*!?=\s*(?P<at>[a-z]{{2,3}}(?:-[a-z]+)*)(?=\s*[)&|])",
        "What LANG gives is a text, so the language goes in quotation marks.", lambda groups: f'"{groups["at"]}"'),
    Row(rf"(?<![\w.{STRING}{IRI}?:+-])(?P<at>(?P<n>\d[\d.]*))(?=\^\^)",
        "A literal with a datatype goes in quotation marks.", lambda groups: f'"{groups["n"]}"'),
    Row(rf"{STRING}\^\^(?P<at>(?:string|integer|decimal|double|boolean|date|dateTime|gYear|gYearMonth|int))(?![\w:])",
        "A datatype is an IRI or a name with a prefix: xsd:%(at)s.", "xsd:{at}"),
    DATE,
    Row(r"(?<![\w.:?-])(?P<at>[?$]\w+(?:-[^\W\d]\w*)+)",
        "The name of a variable cannot contain a hyphen.", lambda groups: groups["at"].replace("-", "_")),
    Row(rf"(?<![\w){IRI}*+?])(?P<at>[?$]\s+)(?=[^\W\d]\w*\s*[\s{{}}.;,)])(?!\s*(?:WHERE|FROM|AS|A)\b)",
        "There is no space between ? and the name of a variable.", "?"),
    Row(rf"(?<![\w){IRI}*+?])(?P<at>[?$])(?![\w?$])",
        "A variable needs a name after the question mark, such as ?x."),
    Row(r"(?<![\w:/-])(?P<at>(?!https?:|urn:|file:)[\w-]*:[\w-]+/(?P<rest>(?!a\b(?!-))[A-Za-z][\w-]*))(?![\w:(-])",
        "A slash joins two properties, but %(rest)s has no prefix. If the slash is part of the name, write "
        "the full IRI in angle brackets."),
    Row(rf"(?P<at>\(\s*(?P<mark>{_CALL})\s+AS\s+(?P<v>{_V})\s*\)(?P<mid>[\s\S]*\bGROUP\s+BY\s*)(?:\(\s*(?P=mark)\s*\)|(?P=mark)))",
        "SELECT cannot take the key %(mark)s again. Write GROUP BY (%(mark)s AS %(v)s), and in SELECT only %(v)s.", "{v}{mid}({mark} AS {v})"),
    Row(rf"\bFILTER\s*{_ARGS}\s*(?P<at>;)", "After a FILTER, a triple needs its subject again."),
    Row(rf"(?P<at>(?P<p>{_NAME}|{_I}|(?<![\w)])\([^(){{}}]*\))(?P<mark>\s?\{{(?=[\s\d,]*[\d,])\s*(?P<a>\d*)\s*(?P<to>,?)\s*(?P<b>\d*)\s*\}}))",
        _COUNTED, _steps),
    Row(rf"(?P<at>(?P<p>{_NAME}|{_I}|(?<![\w)])\([^(){{}}]*\))(?P<mark>\*(?P<a>\d*)(?P<to>\.\.)(?P<b>\d*)))",
        _COUNTED, _steps),
    Row(rf"(?P<at>(?<!>)[-+*/=<>](?=\s*AS\s+{_V})|(?<=\s)[-+/=<](?=\s*\))|(?:&&|\|\|)(?=\s*(?:\)|AS\s)))", "A value is missing after %(at)s."),
    Row(r"(?P<at>\bWITH\s+ROLLUP\b|\b(?:ROLLUP|CUBE|GROUPING\s+SETS)\s*(?=\())",
        "%(at)s is SQL; in SPARQL, totals are asked for by another SELECT, joined by UNION."),
    Row(r"\bBASE\s*(?P<at>\w*:\s+)", "BASE takes only an IRI, in angle brackets.", ""),
)  # fmt: skip
"""What SPARQL writes otherwise."""
