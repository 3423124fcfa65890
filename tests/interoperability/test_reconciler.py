"""The client ``reconciler`` of PyPI finds our things for a column of names (``make clients``).

Names without any candidate are not asked for: with NumPy 2, the client (0.2.2) cannot write their rows.
"""

import json

from gbagraph.rdf.namespaces import BASE
from support.installed import needs, output

NAMES = [
    "Guangzhou",
    "Nansha",
    "Baidu",
    "中新广州知识城",
    "Shenzhen",
    "Dongguan",
    "Zhuhai",
    "XPeng",
]
MORE = ["Guangdong", "Hong Kong", "Macao", "Huangpu", "Zhongshan", "Foshan", "Huizhou"]


def reconciled(server, names, **more):
    needs("reconcile-names")
    return json.loads(
        output("reconcile-names", f"{server.url}/reconcile", json.dumps({"names": names, **more}))
    )


def test_a_column_of_names_is_reconciled(server):
    """More than ten: the client sends its queries by tens."""
    names = NAMES + MORE
    rows = reconciled(server, names)
    found = {row["input_value"]: row for row in rows}

    assert list(found) == names
    assert found["Guangzhou"]["id"] == f"{BASE}id/guangzhou"
    assert found["Guangzhou"]["match"] is True
    assert found["Guangzhou"]["type"] == "City"
    assert found["Guangzhou"]["type_id"] == f"{BASE}ontology#City"
    assert found["中新广州知识城"]["id"] == f"{BASE}id/knowledge-city"
    assert {row["score"] for row in rows} == {100.0}
    assert {name for name in names if not found[name]["match"]} <= {"Nansha"}


def test_a_type_and_a_property_are_asked_for(server):
    rows = reconciled(
        server,
        ["Nansha", "Guangzhou"],
        type_id=f"{BASE}ontology#Place",
        property_mapping={f"{BASE}ontology#locatedIn": ["Guangzhou", "Guangdong"]},
        top_res="all",
    )
    first = {}
    for row in rows:
        first.setdefault(row["input_value"], row)

    assert [first[name]["id"] for name in ("Nansha", "Guangzhou")] == [
        f"{BASE}id/nansha",
        f"{BASE}id/guangzhou",
    ]
    assert all(row["match"] for row in first.values())
