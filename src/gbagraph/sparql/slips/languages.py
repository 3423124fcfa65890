"""What belongs to other languages and to other stores."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from gbagraph.rdf.namespaces import expand
from gbagraph.sparql.dialect import LATERAL
from gbagraph.sparql.message import say
from gbagraph.sparql.slips.forms import STRING, Row, contained, power
from gbagraph.sparql.slips.signs import Slip
from gbagraph.sparql.slips.table import ARGS, HEAD, OPERAND, VALUE, VARIABLE
from gbagraph.sparql.tokens import Token

if TYPE_CHECKING:
    from collections.abc import Iterator

_LANGUAGES: Final = (
    ("SAS", r"proc\s+\w+|data\s+\w+\s*;"),
    ("XML", r"<\??[a-z]+[\s?>]"),
    ("HTTP", r"(?:https?|ftp)://"),
    ("DAX", r"EVALUATE\b|DEFINE\s+(?:MEASURE|VAR)\b|CALCULATE(?:TABLE)?\s*\("),
    ("Power Query", r"let\s+[\w#]+\s*="),
    ("Excel", r"=\s*[A-Z][A-Z.]*\s*\("),
    ("Flux", r"from\s*\(\s*bucket\s*:"),
    ("PromQL", r"(?:sum|avg|min|max|count|topk|rate|increase)\s*(?:(?:by|without)\s*)?\(|\w+\{\w+=~?|\w+\[\d+[smhd]\]"),
    ("MongoDB", r"db\.\w+\.\w+\s*\(|\[?\s*\{\s*[\"\ue000]*\$\w+"),
    ("Datalog", r"[\w:]+\s*\([^(){}]*\)\s*:-|\?-|\[[^\[\]{}]*\]\s*:-|\[:find\b"),
    ("XQuery", r"(?:for|let)\s+\$\w+\s+(?:in|:=)|//?\w+(?:\[[^\[\]]*\])?/"),
    ("jq", r"\.\w*(?:\[\])?\s*\|"),
    ("OData", r"/?\w+\?\$\w+="),
    ("R", r"(?:library|require)\s*\(|\w+\s*(?:%>%|<-)"),
    ("KQL", r"\w+\s*\|>?\s*[a-z]+"),
    ("Lucene", r"\+?\w+:(?:[\[{\w*\ue000]|\ue001)[^{};?]*\Z"),
    ("Python", r"(?:import|from|def|for|with|print|const|var|val)\b|\w+\s*=\s*\w+[.(]|\w+(?:\[[^\[\]]*\]){1,2}\s*\Z"),
    ("sh", r"(?:curl|wget|http|arq|isql|riot)\s+-"),
    ("", r"[^{}<>:$=;|]+[\w?.!\uff1f\u3002]\s*\Z"),
)  # fmt: skip
"""How texts in other languages begin. The first few are looked at even where a query is inside."""
_EXAMPLE: Final = (
    "SELECT ?x ?y { ?x a prefix:Class ; prefix:property ?y FILTER(?y > 5) } ORDER BY ?y"
)
_SURE: Final = 3
_ANY_FORM: Final = re.compile(
    r"(?<![?$\w])(?:(?:SELECT|ASK)(?!\s*\()|CONSTRUCT|DESCRIBE|WHERE\s*\{|INSERT|DELETE|PREFIX)",
    re.I,
)
_FEWEST: Final = 3
"""Words that a question has at least, in a language that has spaces."""


def other_language(query: str, text: str) -> Iterator[Slip]:
    """A text that begins as one in another language; *text* is blotted out."""
    body = text.strip()
    start = text.find(body)
    has_form = _ANY_FORM.search(text)
    for language, form in _LANGUAGES[: _SURE if has_form else None]:
        match = re.match(form, body, re.I) if body else None
        is_short = not language and body.isascii() and len(body.split()) < _FEWEST
        if match and not is_short:
            said = (
                "This looks like %(language)s, and this endpoint takes SPARQL: %(example)s."
                if language
                else "This looks like a question in words, and this endpoint takes SPARQL: %(example)s."
            )
            token = Token("other", query[start : start + match.end()], start)
            yield Slip(token, say(said, language=language, example=_EXAMPLE))
            return


DIALECTS: Final = (
    Row(rf"(?:{HEAD}(?:OPTIONAL\s+)?|[{{.]\s*)(?P<at>MATCH)\s*\(",
        "This is Cypher, and this endpoint takes SPARQL: (n)-[:KNOWS]->(m) is the triple ?n prefix:knows ?m, a "
        "label is a class (?n a prefix:Class), RETURN is SELECT at the beginning."),
    Row(rf"{HEAD}(?P<at>g\.[VE])\s*\(",
        "This is Gremlin, and this endpoint takes SPARQL: SELECT ?x { ?x a prefix:Class ; prefix:property ?y }."),
    Row(HEAD + r"(?P<at>(?:query|mutation|subscription)\b[^{}?]*\{|\{\s*\w+\s*(?:\{|\([^(){}?]*\)\s*\{))",
        "This is GraphQL, and this endpoint takes SPARQL: SELECT ?x ?y { ?x a prefix:Class ; prefix:field ?y }."),
    Row(r"\b(?P<at>WITH\s+(?:RECURSIVE\s+)?\w+)\s*(?:\([^(){}]*\)\s*)?AS\s*\(",
        "%(at)s … AS ( … ) is SQL; in SPARQL, a subquery stands in braces where its rows are used: { SELECT … { … } }."),
    Row(rf"\b(?P<at>QUALIFY\b|(?:ROW_NUMBER|(?:DENSE_|PERCENT_)?RANK|NTILE|LAG|LEAD|CUME_DIST)(?=\s*\()|(?:\w+\s*{ARGS}\s*)?OVER(?=\s*\(\s*(?:PARTITION|ORDER|\))))",
        "%(at)s belongs to SQL's window functions, and SPARQL has none. For the latest of each, write FILTER NOT EXISTS { the "
        "same pattern with a later date }, or join with { SELECT ?x (MAX(?date) AS ?latest) { … } GROUP BY ?x }."),
    Row(r"\b(?P<at>LATERAL)\b(?=\s*[({])", LATERAL),
    Row(r"\b(?P<at>(?:UN)?PIVOT|UNNEST|(?:CROSS|OUTER)\s+APPLY)\b(?=\s*\()",
        "%(at)s is SQL; in SPARQL, several values of a property are several solutions, and a column of its own for "
        "some of them is an OPTIONAL { … } of its own."),
    Row(r"(?P<at>\s+NULLS\s+(?:FIRST|LAST)\b)",
        "SPARQL has no NULLS FIRST or LAST: what has no value comes first, and last with DESC. ORDER BY !BOUND(?x) ?x puts it last."),
    Row(r"(?P<at>\s+COLLATE\s+\S+)", "SPARQL has no COLLATE; texts are in the order of their characters, and LCASE(?x) puts capitals beside small letters.", ""),
    Row(r"\bSELECT\s+(?P<at>DISTINCT\s+ON)\s*\(",
        "DISTINCT ON is PostgreSQL. For one row of each group, write GROUP BY, and SAMPLE, MIN or MAX of the rest."),
    Row(r"\bGROUP_CONCAT\s*\([^(){}]*(?P<at>\bORDER\s+BY\b)", "GROUP_CONCAT has no ORDER BY: SPARQL leaves the order of its values open."),
    Row(r"(?P<at>\bWITH\s+ROLLUP\b|\b(?:ROLLUP|CUBE|GROUPING\s+SETS)\s*(?=\())",
        "%(at)s is SQL; in SPARQL, totals are asked for by another SELECT, joined by UNION."),
    Row(r"\bSELECT\s+(?P<at>UNIQUE|DISTINCTROW)\b", "%(at)s is SQL; SPARQL has DISTINCT.", "DISTINCT"),
    Row(r"\bSELECT\s+(?P<at>ALL)\s+(?=[?$*(])", "ALL is SQL; SPARQL gives all rows without it.", ""),
    Row(r"\b(?P<at>(?:(?:INNER|LEFT|RIGHT|FULL|CROSS|NATURAL)\s+)?(?:OUTER\s+)?JOIN)\b(?!\s*[:(])",
        "%(at)s is SQL; in SPARQL, patterns join by the variables that they share, and OPTIONAL { … } keeps what has "
        "no match."),
    Row(r"\b(?P<at>MEDIAN|(?:APPROX_)?(?:PERCENTILE|QUANTILE)\w*)\s*\(",
        "SPARQL has no aggregate %(at)s. The median is the value in the middle, of 100 values: SELECT ?x { … } "
        "ORDER BY ?x LIMIT 1 OFFSET 50."),
    Row(r"\b(?P<at>STDDEV(?:_\w+)?|STDEVP?|STD|SD|VAR(?:IANCE|P)?(?:_\w+)?)\s*\(",
        "SPARQL has no aggregate %(at)s. AVG(?x * ?x) - AVG(?x) * AVG(?x) is the variance of all values; its square "
        "root, the standard deviation, is for the program that asks."),
    Row(r"\b(?P<at>MODE)\s*\(",
        "SPARQL has no aggregate %(at)s. The commonest value is the first of SELECT ?x { … } GROUP BY ?x ORDER BY "
        "DESC(COUNT(*))."),
    Row(r"\b(?P<at>(?:FIRST|LAST|NTH)(?:_VALUE)?|ARG_?M(?:AX|IN)|M(?:AX|IN)_BY|IDXM(?:AX|IN))\s*\(",
        "SPARQL has no aggregate %(at)s. SAMPLE(?x) is one value of a group, MIN(?x) and MAX(?x) are the least and the "
        "greatest. For the latest of each, write FILTER NOT EXISTS { the same pattern with a later date }."),
    Row(r"\b(?P<at>(?:COUNT|SUM|AVERAGE)_?IFS?)\s*\(",
        "SPARQL has no aggregate %(at)s. SUM(IF(condition, 1, 0)) counts the solutions for which a condition is true."),
    Row(r"\b(?P<at>(?P<mark>N_?DISTINCT|NUNIQUE|COUNTD|DISTINCT_?COUNT|COUNT_UNIQUE|DCOUNT|(?:APPROX_)?COUNT_?DISTINCT)\s*\(\s*)",
        "Different values are counted by COUNT(DISTINCT …).", "COUNT(DISTINCT "),
    Row(HEAD + r"SELECT\b[^{}?$]*?\b(?P<at>FROM)\s+(?!NAMED\b)(?P<table>[A-Za-z]\w*)\b(?![:\w])",
        "This is SQL, and this endpoint takes SPARQL: there are no tables, and what is asked for is written as "
        "triples in braces: SELECT ?column WHERE { ?row a prefix:%(table)s ; prefix:column ?column }."),
    Row(r"\bSELECT(?P<at>\s)(?=[\s\S]*?\}\s*(?P<mark>UNION|EXCEPT|INTERSECT|MINUS)(?:\s+(?:ALL|DISTINCT))?\s+\(?\s*SELECT\b)",
        "Two queries are not joined; two patterns in one are: SELECT ?x { { SELECT ?x { … } } UNION { SELECT ?x { … } } }, or MINUS in place of UNION."),
    Row(r"\b(?P<at>(?:SHOW|USE|CALL)\s+\w[\w.]*(?:\([^(){}]*\))?)\s*;?\s*\Z",
        "%(at)s is a command of a database of another kind; a query begins with SELECT, ASK, CONSTRUCT or "
        "DESCRIBE."),
    Row(r"\b(?P<at>DEFINE\s+(?:sql:[\w-]+|input:(?:inference|storage))\s+(?:\S+))",
        "DEFINE is an instruction of Virtuoso; it has no use here, so leave it out.", ""),
    Row(r"\b(?P<at>DEFINE)\s+(?P<name>[\w-]+:[\w-]+)",
        "DEFINE %(name)s is an instruction of Virtuoso; here, FROM names the graphs, and "
        "nothing else can be set."),
    Row(rf"(?P<at>(?P<v>{VARIABLE})\s+<?bif:contains>?\s+(?P<s>(?<!{STRING}){STRING}+))",
        "bif:contains is Virtuoso's search in texts; SPARQL has CONTAINS.", contained),
    Row(rf"(?P<at><?bif:contains>?\s*\(\s*(?P<v>{VARIABLE})\s*,\s*(?P<s>(?<!{STRING}){STRING}+)\s*\))",
        "bif:contains is Virtuoso's search in texts; SPARQL has CONTAINS.", contained),
    Row(r"(?P<at><?bif:\w+>?)",
        "%(at)s is a function of Virtuoso and is not available here; SPARQL has its own functions, such as "
        "CONTAINS, REGEX and STRLEN."),
    Row(r"\b(?P<at>OPTION)\s*\(",
        "OPTION is an instruction of Virtuoso. A property path such as prefix:p+ follows a property to any depth."),
    Row(r"(?P<at>SERVICE\s+wikibase:(?:around|box|mwapi))",
        "%(at)s is a search of Wikidata that is called like an endpoint; it is not available here."),
    Row(r"(?P<at>SERVICE\s+(?:gas:service|bds:\w+|luc:\w+))",
        "%(at)s is a function that another store calls like an endpoint; it is not available here."),
    Row(r"\b(?:FROM(?:\s+NAMED)?|GRAPH)\s+(?P<at><http://(?:www\.ontotext\.com/|www\.openrdf\.org/schema/sesame#)[\w-]+>|<tag:stardog:api:context:[^>]*>|<urn:x-arq:\w+>|(?:onto|sesame):\w[\w-]*)",
        "%(at)s is no graph but an instruction of another store. Here, FROM names graphs of the data; without FROM the "
        "default graph is asked, and the parameter infer=false leaves out what follows from other statements."),
    Row(r"(?P<at>text:(?:query|search))\b",
        "%(at)s asks the full-text index of Apache Jena. Here, compare names: ?x rdfs:label ?name FILTER("
        'CONTAINS(LCASE(STR(?name)), "…")).'),
    Row(r"(?P<at>(?:luc|lucene|luc-index|inst|con|con-inst):\w[\w-]*)",
        "%(at)s asks the Lucene index of GraphDB. Here, compare names: ?x rdfs:label ?name FILTER("
        'CONTAINS(LCASE(STR(?name)), "…")).'),
    Row(rf"(?P<at>(?P<mark>afn:(?P<f>localname|namespace))\s*\(\s*(?P<v>{VALUE})\s*\))",
        "%(mark)s is from Apache Jena's library (ARQ) and is not available here. REPLACE(STR(%(v)s), "
        '"^.*[/#]", "") is the last part of an IRI, and REPLACE(STR(%(v)s), "[^/#]+$", "") what stands before it.',
        lambda groups: f"""REPLACE(STR({groups['v']}), "{'^.*[/#]' if groups['f'].lower() == 'localname' else '[^/#]+$'}", "")"""),
    Row(r"(?P<at>list:member)\b",
        "%(at)s is from Apache Jena's library (ARQ) and is not available here. The members of a list are found "
        "by the path rdf:rest*/rdf:first.", f"<{expand('rdf:')}rest>*/<{expand('rdf:')}first>"),
    Row(r"(?P<at>(?:apf|afn(?!:(?:localname|namespace)\b)|list(?!:member\b)|jfn):\w+)",
        "%(at)s is from Apache Jena's library (ARQ) and is not available here."),
    Row(r"(?P<at><tag:stardog:api:property:textMatch>|(?:stardog:property|stardog|fts):textMatch)",
        "%(at)s is Stardog's search in texts; SPARQL has CONTAINS: FILTER(CONTAINS(LCASE(STR(?text)), \"…\"))."),
    Row(r"(?P<at>omgeo:\w+)",
        "%(at)s asks the spatial index of GraphDB. Here, compare coordinates: ?x wgs84:lat ?lat ; wgs84:long ?long "
        "FILTER(?lat > 22.5 && ?lat < 23.5)."),
    Row(r"(?P<at>(?<!:\s)<tag:stardog:[^>]*>|(?<![\w:-])(?:stardog|path|fts):\w+|\bPATHS\s+(?:START|SHORTEST|ALL|CYCLIC)\b)",
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

FUNCTIONS: Final = (
    Row(r"\b(?P<at>(?:STR_?|STRING_)?SPLIT(?:_PART)?|STRTOK|EXPLODE)\s*\(",
        "SPARQL has no function %(at)s. STRBEFORE(text, sign) is the part of a text before a sign, STRAFTER(text, sign) the one after it."),
    Row(r"\b(?P<at>[LRB]?TRIM|STR_TRIM|TRIMWS|STRIP|STR_SQUISH)\s*\(",
        "SPARQL has no function %(at)s. REPLACE(text, \"^ +| +$\", \"\") leaves out the spaces at both ends."),
    Row(r"\b(?P<at>DATE_?TRUNC|DATE_?PART|DATE_?FORMAT|FORMAT|EXTRACT|WEEK(?:DAY|NUM)?|ISOWEEK|DAYOFWEEK|DAYOFYEAR|MONTHNAME|GETYEAR|STRFTIME|TO_CHAR|QUARTER|FLOOR_DATE)\s*\(",
        "SPARQL has no function %(at)s. YEAR(?x), MONTH(?x) and DAY(?x) are the parts of a date, and SUBSTR(STR(?x), 1, 7) is its year and month."),
    Row(rf"\b(?P<at>(?P<mark>DATE_?DIFF|TIMESTAMP_?DIFF|DATEDIF)\s*\(\s*(?P<u>DAYS?|DD?|YEARS?|YY(?:YY)?|{STRING}+)\s*,\s*(?P<a>{VALUE})\s*,\s*(?P<b>{VALUE})\s*\))",
        "SPARQL has no function %(mark)s; %(right)s is meant. Of two dates, ?b - ?a is a duration such as \"P30D\"^^xsd:dayTimeDuration.",
        lambda groups: "(YEAR({b}) - YEAR({a}))".format(**groups) if "y" in groups["u"].lower().replace("day", "") else "({b} - {a})".format(**groups)),
    Row(r"\b(?P<at>DATE_?DIFF|DATEDIF|INTCK|DAYS(?:_?BETWEEN)?|YEARS_?BETWEEN|MONTHS_BETWEEN|AGE|YEARFRAC|TIMESTAMPDIFF|DIFFTIME)\s*\(",
        "SPARQL has no function %(at)s. Of two dates, ?b - ?a is the time between them, a duration such as \"P30D\"^^xsd:dayTimeDuration, and YEAR(?b) - YEAR(?a) a number of years."),
    Row(r"\b(?P<at>DATE_?ADD|DATE_?SUB|INTNX|ADD_MONTHS|EDATE|TIMESTAMP_?ADD)\s*\(",
        "SPARQL has no function %(at)s. A duration is taken from a date: ?x - \"P30D\"^^xsd:dayTimeDuration is 30 days before, with \"-P30D\" 30 days after."),
    Row(r"\b(?P<at>TO_DATE(?:TIME)?|STR_TO_DATE|STRPTIME|DATE(?:TIME)?|AS_DATE|PARSE_DATE|TO_TIMESTAMP|YMD)\s*\(",
        "SPARQL has no function %(at)s. xsd:date(?x) makes a date of a text such as \"2020-01-31\", and xsd:dateTime(?x) one of \"2020-01-31T00:00:00Z\"."),
    Row(rf"\b(?P<at>(?P<mark>(?P<i>C?INT|INTEGER|BIGINT|CLNG|TOINT(?:EGER)?|PARSE_?INT|AS_INTEGER)|(?P<f>C?DBL|FLOAT|DOUBLE|REAL|TO(?:DOUBLE|FLOAT)|PARSE_?FLOAT)|TO_?NUM(?:BER|ERIC)|AS_NUMERIC|DECIMAL|NUMERIC|NUMBER|VALUE|VAL|TODECIMAL)\s*\(\s*(?P<v>{VALUE})\s*\))",
        "SPARQL has no function %(mark)s. xsd:integer(?x), xsd:decimal(?x) and xsd:double(?x) make numbers of texts.",
        lambda groups: f"<{expand('xsd:')}{'integer' if groups['i'] else 'double' if groups['f'] else 'decimal'}>({groups['v']})"),
    Row(r"\b(?P<at>TO_NUM(?:BER|ERIC)|AS_NUMERIC|AS_INTEGER|PARSE_?INT|PARSE_?FLOAT|INT|INTEGER|FLOAT|DOUBLE|DECIMAL|NUMERIC|NUMBER|CINT|CLNG|CDBL|VAL|VALUE|TO(?:INT|INTEGER|LONG|DOUBLE|FLOAT|NUMBER|DECIMAL)|INPUT|(?:TRY_|SAFE_)?CAST|CONVERT)\s*\(",
        "SPARQL has no function %(at)s. xsd:integer(?x), xsd:decimal(?x) and xsd:double(?x) make numbers of texts."),
    Row(r"\b(?P<at>CONCAT_WS|PASTE|TEXTJOIN|STR_JOIN)\s*\(",
        "SPARQL has no function %(at)s. In CONCAT(?a, \", \", ?b), what stands between two texts is a text of its own."),
    Row(r"\b(?P<at>G?SUB|STR_REPLACE|SUBSTITUTE|TRANSLATE)\s*\(",
        "SPARQL has no function %(at)s. REPLACE(text, pattern, other) puts another text wherever a regular expression matches."),
    Row(r"\b(?P<at>REGEXP?_(?:EXTRACT|SUBSTR|MATCH)|STR_EXTRACT|STR_MATCH)\s*\(",
        "SPARQL has no function %(at)s. REPLACE(?x, \"^.*(…).*$\", \"$1\") is what the parentheses match."),
    Row(r"\b(?P<at>[VHXD]?LOOKUP|RELATED|DLOOKUP)\s*\(",
        "SPARQL has no function %(at)s: a value of a thing is asked for by a triple, ?thing prefix:property ?value."),
    Row(r"\b(?P<at>GREATEST|LEAST|PMAX|PMIN)\s*\(",
        "SPARQL has no function %(at)s. IF(?a > ?b, ?a, ?b) is the greater of two values."),
    Row(rf"\b(?P<at>(?P<mark>POW(?:ER)?)\s*\(\s*(?P<v>{OPERAND})\s*,\s*(?P<n>\d+)\s*\))",
        "SPARQL has no function %(mark)s; a square is a product: ?x * ?x.", power),
    Row(rf"\b(?P<at>(?P<mark>INITCAP|CAPITALI[SZ]E|TITLE|PROPER)\s*\(\s*(?P<v>{VALUE})\s*\))", "SPARQL has no function %(mark)s; CONCAT(UCASE(SUBSTR(?x, 1, 1)), SUBSTR(?x, 2)) begins with a capital.", "CONCAT(UCASE(SUBSTR({v}, 1, 1)), SUBSTR({v}, 2))"),
    Row(rf"\b(?P<at>(?P<mark>NULLIF)\s*\(\s*(?P<v>{VALUE})\s*,\s*(?P<b>{VALUE})\s*\))", "SPARQL has no function %(mark)s; IF(%(v)s = %(b)s, ?none, %(v)s) has no value where the two are equal.", "IF({v} = {b}, ?none, {v})"),
    Row(rf"\b(?P<at>(?P<mark>i_?contains)\s*\(\s*(?P<v>{VALUE})\s*,\s*(?P<s>{VALUE})\s*\))", "SPARQL has no function %(mark)s; CONTAINS(LCASE(STR(?x)), \"…\") looks for a text in small letters.", "CONTAINS(LCASE(STR({v})), LCASE({s}))"),
    Row(r"\b(?P<at>POW(?:ER)?|SQRT|EXP|LOG(?:10|2)?|LN|SIN|COS|TAN|MOD|TRUNC(?:ATE)?|SIGN)\s*\(",
        "SPARQL has no function %(at)s. It calculates by + - * / and ABS, ROUND, CEIL and FLOOR; the rest is for the program that asks."),
    Row(r"\b(?P<at>SEARCH|FIND|INSTR|INDEXOF|CHARINDEX|LOCATE|STRPOS|POSITION|GREPL)\s*\(",
        "SPARQL has no function %(at)s. CONTAINS(text, part) tells whether a part is in a text, REGEX(text, pattern, "
        "\"i\") also in any case."),
    Row(r"\b(?P<at>CASE\s+\w+|CASE|WHEN|THEN|ELSE)\b(?!\s*[:(])",
        "SPARQL has IF(condition, value, other value) in place of %(at)s."),
    Row(r"[{.}]\s*(?P<at>IF|FOR|FOREACH|WHILE|ELSE)\s*(?:\(|[?$]|EACH\b)",
        "A pattern has no %(at)s: OPTIONAL { … } takes what there is, FILTER tests a condition, and IF(condition, value, other value) gives a value in BIND."),
    Row(rf"(?P<at>(?P<v>{VARIABLE})\s+(?P<mark>I?LIKE)\b)",
        'LIKE is SQL; SPARQL has CONTAINS(STR(%(v)s), "…"), STRSTARTS, STRENDS and REGEX.'),
)  # fmt: skip
"""Functions and words of others without one of SPARQL in their place."""

_WORDS: Final = """
    && AND
    || OR
    ORDER SORT
    AVG AVERAGE MEAN
    CONTAINS INCLUDES CONTAINSSTRING STRCONTAINS HAS
    REGEX STR_DETECT REGEXP_LIKE REGEXP_MATCHES MATCHES REGEXMATCH REGEX_LIKE REGEXP
    CEIL CEILING ROUNDUP
    RAND RANDOM RUNIF
    ISNUMERIC ISNUMBER IS_NUMERIC IS_NUMBER
    SAMPLE ANY_VALUE ARBITRARY
    HOURS HOUR DATE_HOUR
    DAY DAYOFMONTH MDAY
    NOW GETDATE SYSDATE TODAY CURDATE CURRENT_TIMESTAMP UTCNOW CURRENT_DATE CURRENT_TIME
    STR TO_STRING TOSTRING AS_CHARACTER CSTR STRING
    REPLACE REGEXP_REPLACE STR_REPLACE_ALL REPLACEALL TRANWRD REGEXREPLACE REPLACE_ALL
    STRLEN LENGTH NCHAR STR_LENGTH CHAR_LENGTH CHARACTER_LENGTH STR_LEN LEN
    LCASE LOWER TOLOWER STR_TO_LOWER TOLOWERCASE LOWCASE TO_LOWER STRTOLOWER LOWERCASE
    UCASE UPPER TOUPPER STR_TO_UPPER TOUPPERCASE UPCASE TO_UPPER STRTOUPPER UPPERCASE
    SUBSTR SUBSTRING MID SUBSTRN STR_SUB
    COALESCE IFNULL NVL ISNULL NZ ZN IFNA IFERROR
    CONCAT STRCAT CATS CAT PASTE0 STR_C CONCATENATE
    FLOOR ROUNDDOWN
    COUNT COUNTROWS COUNTA
    MAX MAXIMUM
    MIN MINIMUM
    SUM TOTAL
    MINUS EXCEPT WITHOUT ABSENT UNSAID
    OPTIONAL MAYBE OUTER
    VALUES BINDINGS
    DESC DESCENDING
    ASC ASCENDING
    IF WHEN IIF IFF IFELSE IF_ELSE
    GROUP_CONCAT STRING_AGG LISTAGG COLLECT COLLECT_LIST ARRAY_AGG LIST
    STRSTARTS STARTSWITH STARTS_WITH STR_STARTS
    STRENDS ENDSWITH ENDS_WITH STR_ENDS
"""
OF_OTHERS: Final = {
    word: right for right, *words in map(str.split, _WORDS.strip().splitlines()) for word in words
}
"""Words of other languages, with those of SPARQL that take the same arguments in the same order."""
