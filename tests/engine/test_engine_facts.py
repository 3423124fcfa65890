"""What is known of pyoxigraph: on some of it the server rests, the rest are faults that it answers.

``make engine`` tries another version. A fact that has changed fails here: what rests on it, or what
answers it, is named, and must be looked at. Each is tried in a process of its own, since several end it.
"""

# ruff: noqa: E501  the code of a fact is easier to read without breaks

import signal
import sys
import textwrap
from typing import NamedTuple

import pytest

from support import processes

pytestmark = pytest.mark.processes

PRELUDE = """
import io, os, resource, sys, threading, time
import pyoxigraph as ox
NT = ox.RdfFormat.N_TRIPLES
def store(text, format=ox.RdfFormat.TRIG):
    new = ox.Store()
    new.load(text.encode(), format)
    return new
def texts(rows):
    return sorted(" ".join(str(term) for term in row) for row in rows)
def forked(run):
    pid = os.fork()
    if not pid:
        try:
            run()
        except BaseException as problem:
            print(type(problem).__name__, problem)
            sys.stdout.flush()
            os._exit(1)
        sys.stdout.flush()
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
GRAPHS = store("<urn:g1> { <urn:a> <urn:p> <urn:b> } <urn:g2> { <urn:a> <urn:p> <urn:b> } <urn:d> <urn:p> <urn:e> .")
G1, G2 = ox.NamedNode("urn:g1"), ox.NamedNode("urn:g2")
ENDLESS = "SELECT * {" + " ".join(f"VALUES ?{c} {{ {' '.join(map(str, range(100)))} }}" for c in "abcd") + "}"
"""


class Fact(NamedTuple):
    """What is so, where that matters, what shows it, and what that prints or with which code it ends."""

    statement: str
    where: str
    code: str
    printed: str = ""
    code_of_exit: int = 0


FACTS = [
    Fact(
        "an exception of the file that results are written to ends the evaluation",
        "engine/worker.py, engine/feed.py",
        """
        class Full(io.RawIOBase):
            def writable(self): return True
            def write(self, part): raise BrokenPipeError
        started = time.process_time()
        try:
            ox.Store().query(ENDLESS).serialize(Full(), ox.QueryResultsFormat.JSON)
        except BrokenPipeError:
            print(time.process_time() - started < 20)
        """,
        "True",
    ),
    Fact(
        "the child of a process that has loaded a store can ask it",
        "engine/forkserver.py",
        'forked(lambda: print(bool(GRAPHS.query("ASK { <urn:d> ?p ?o }"))))',
        "True\n0",
    ),
    Fact(
        "a process that outgrows its limit of memory aborts, its parent does not",
        "engine/process.py, engine/execution.py",
        """
        def grow():
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            resource.setrlimit(resource.RLIMIT_DATA, (300_000_000, 300_000_000))
            os.close(2)
            list(ox.Store().query(ENDLESS + " ORDER BY ?d"))
        forked(grow)
        """,
        str(-signal.SIGABRT),
    ),
    Fact(
        "query() knows no limit of time and cannot be stopped from outside",
        "engine/pool.py (why there are processes)",
        """
        import inspect
        names = set(inspect.signature(ox.Store.query).parameters) - {"self", "query"}
        known = {"base_iri", "prefixes", "use_default_graph_as_union", "default_graph", "named_graphs",
                 "substitutions", "custom_functions", "custom_aggregate_functions"}
        print(sorted(names - known))
        """,
        "[]",
    ),
    Fact(
        "results that are read by another thread than their own abort the process",
        "graph/ (a graph in this process keeps to its thread)",
        """
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0)); os.close(2)
        rows = GRAPHS.query("SELECT * { ?s ?p ?o }")
        thread = threading.Thread(target=next, args=(rows,)); thread.start(); thread.join()
        """,
        code_of_exit=-signal.SIGABRT,
    ),
    Fact(
        "a small nested query overflows the stack",
        "engine/worker.py (why no text is parsed in the server), sparql/ (the bound of nesting)",
        """
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        GRAPHS.query("ASK " + "{" * 9000 + "}" * 9000)
        """,
        code_of_exit=-signal.SIGSEGV,
    ),
    Fact(
        "ORDER BY of mixed terms can panic and abort the process",
        "engine/execution.py (its error), explain/diagnostics",
        """
        import random
        def number(least, bound=30): return least + chance.randrange(bound)
        def term(n):
            return chance.choice([f'"{number(2000)}"{XSD}gYear>', f'"{number(2000)}-01"{XSD}gYearMonth>',
                                  f'"{number(2000)}-01-01"{XSD}date>', str(number(0)), f"{number(0)}.5",
                                  f'"{number(0, 2100)}"', f'"t{n}"@en', f"<urn:o{n}>"])
        XSD = "^^<http://www.w3.org/2001/XMLSchema#"
        def sort():
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0)); os.close(2)
            data = "".join(f"<urn:s{n}> <urn:p> {term(n)} . " for n in range(30))
            list(store(data).query("SELECT ?o { ?s ?p ?o } ORDER BY ?o"))
        codes = set()
        for seed in range(100):
            chance = random.Random(seed)
            pid = os.fork()
            if not pid:
                sort(); os._exit(0)
            codes.add(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
        print(sorted(codes))
        """,
        str([-signal.SIGABRT, 0]),
    ),
    Fact(
        "the union as default graph has a triple of two graphs twice",
        "dataset/loader.py (copies into the default graph), dataset/stores/union.py",
        'print(len(list(GRAPHS.query("SELECT * { ?s <urn:p> <urn:b> }", use_default_graph_as_union=True))))',
        "2",
    ),
    Fact(
        "FROM of two graphs has a triple of both twice",
        "rdf/ and engine/worker.py (graphs are merged before the query)",
        'print(len(list(GRAPHS.query("SELECT * FROM <urn:g1> FROM <urn:g2> { ?s ?p ?o }"))))',
        "2",
    ),
    Fact(
        "named_graphs alone leaves the default graph, default_graph alone leaves all named graphs",
        "engine/worker.py (always passes both)",
        """
        print(texts(GRAPHS.query("SELECT ?s { ?s ?p ?o }", named_graphs=[G1])))
        print(texts(GRAPHS.query("SELECT ?g { GRAPH ?g { ?s ?p ?o } }", default_graph=[G1])))
        """,
        "['<urn:d>']\n['<urn:g1>', '<urn:g2>']",
    ),
    Fact(
        "DESCRIBE gives outgoing triples alone",
        "engine/worker.py (DESCRIBE is ours)",
        'print(len(list(GRAPHS.query("DESCRIBE <urn:e>"))))',
        "0",
    ),
    Fact(
        "literals change to other lexical forms, language tags to lower case",
        "docs/data.md, the data are written in canonical forms (tests/data)",
        """
        xsd = "http://www.w3.org/2001/XMLSchema#"
        for text, kind in (("1", "int"), ("01", "integer"), ("1.50", "decimal"), ("0", "boolean"), ("1.0E6", "double"),
                           ("PT60M", "duration"), ("2020-01-01T00:00:00+00:00", "dateTime"), ("2020", "gYear")):
            kept = ox.Store()
            kept.add(ox.Quad(G1, G1, ox.Literal(text, datatype=ox.NamedNode(xsd + kind))))
            found = next(iter(kept)).object
            print(text, kind, found.value, found.datatype.value.removeprefix(xsd))
        print(next(iter(store('<urn:a> <urn:b> "x"@zh-Hant .'))).object.language)
        """,
        """
        1 int 1 integer
        01 integer 1 integer
        1.50 decimal 1.5 decimal
        0 boolean false boolean
        1.0E6 double 1000000 double
        PT60M duration PT1H duration
        2020-01-01T00:00:00+00:00 dateTime 2020-01-01T00:00:00Z dateTime
        2020 gYear 2020 gYear
        zh-hant
        """,
    ),
    Fact(
        "a process that can open no file calls no endpoint",
        "engine/process.py",
        """
        def call():
            resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))
            list(GRAPHS.query("SELECT * { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }"))
        forked(call)
        """,
        "OSError",
    ),
    Fact(
        "with no file to open, a call over https aborts the process",
        "engine/worker.py (a SERVICE is refused or answered by the server)",
        """
        def call():
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0)); os.close(2)
            resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))
            list(GRAPHS.query("SELECT * { SERVICE SILENT <https://127.0.0.1:1/> { ?s ?p ?o } }"))
        forked(call)
        """,
        str(-signal.SIGABRT),
    ),
    Fact(
        "a store on disk that is opened to be read keeps the state in which it was opened",
        "dataset/stores/serving.py",
        """
        import tempfile
        folder = tempfile.mkdtemp()
        written = ox.Store(folder); written.add(ox.Quad(G1, G1, G1)); written.flush()
        reader = ox.Store.read_only(folder)
        written.add(ox.Quad(G1, G1, G2)); written.flush()
        print(len(reader), len(ox.Store.read_only(folder)))
        """,
        "1 2",
    ),
    Fact(
        "SELECT queries have values substituted for projected variables alone",
        "sparql/ (values are bound by our own rewriting)",
        """
        try:
            GRAPHS.query("SELECT ?o { ?s ?p ?o }", substitutions={ox.Variable("s"): ox.NamedNode("urn:d")})
        except Exception as problem:
            print(type(problem).__name__)
        """,
        "RuntimeError",
    ),
    Fact(
        "JSON-LD is not written of triples about triples",
        "rdf/formats.py, engine/worker.py",
        """
        star = "PREFIX : <http://www.w3.org/1999/02/22-rdf-syntax-ns#> <urn:r> :reifies <<( :a :b :c )>> ."
        try:
            ox.serialize(store(star, ox.RdfFormat.TURTLE), format=ox.RdfFormat.JSON_LD)
        except Exception as problem:
            print(type(problem).__name__)
        """,
        "OSError",
    ),
]


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.statement)
def test_what_is_known_of_the_engine_is_so(fact):
    code = PRELUDE + textwrap.dedent(fact.code)
    found = processes.run([sys.executable, "-c", code], capture_output=True, text=True)

    where = f"changed: look at {fact.where}"
    assert found.returncode == fact.code_of_exit, f"{where}\n{found.stdout}{found.stderr[-1000:]}"
    expected = textwrap.dedent(fact.printed).strip()
    assert found.stdout.strip().startswith(expected) if expected else True, (
        f"{where}\n{found.stdout}"
    )
