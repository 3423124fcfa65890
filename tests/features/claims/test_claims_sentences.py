"""What the rules say of claims on single sentences, right and wrong, in English and Chinese."""

from __future__ import annotations

from itertools import count

import pytest

from gbagraph.dataset.named_files import quads
from gbagraph.features.claims.checking import OF_CLAIMS
from gbagraph.features.claims.form import parse
from gbagraph.features.claims.names import Names
from gbagraph.features.claims.project import Project
from gbagraph.features.claims.rules.case import Case
from gbagraph.features.claims.text import FromText, passages_of
from support.claims import ONTOLOGY

HEAD = """\
article: SourceDocument | p1 "3 March 2026"
  published 2026-03-03 | p1 "3 March 2026"
esk: Company | worded p1
dunn: Person | worded p1
award: Approval | worded p1
orrin: City | worded p1
  label "Orrin"@en, "奥林"@zh | worded p1
quay: Place | worded p1
  label "Fish Quay"@en | worded p1
penn: City | worded p1
  label "Penn"@en, "佩恩"@zh | worded p1
work: Project | worded p1
lane: Project | worded p1
  label "Mill Lane"@en | worded p1
  status Planned | p1 "March"
court: GovernmentBody | worded p1
  label "High Court of Westmere"@en | worded p1
rail: Company | worded p1
  label "Westmere Rail"@en | worded p1
group: Company | worded p1
  label "Rail Group"@en | worded p1
"""
KINDS = {
    "esk": "Company",
    "work": "Project",
    "plan": "Plan",
    "award": "Approval",
    "goal": "Target",
    "opening": "Opening",
    "bridge": "Project",
}
SENTENCES = {
    # Numbers
    "The firm has some 2,500 employees.": [
        "esk: t:employees 2500",
        "esk: t:employees 250 ! number",
    ],
    "Nine towns have joined.": ["work: partCount 9 items", "work: partCount 10 items ! number"],
    "It moved 1.7 million passengers.": [
        "esk: t:employees 1700000",
        "esk: t:employees 17 ! number",
    ],
    "More than half a million live there.": ["work: memberCount over 500000 people"],
    "The station lies 3.1 degrees west.": [
        "orrin: wgs84:long -3.1",
        "orrin: wgs84:long 3.1 ! number",
        "orrin: wgs84:lat -3.1 ! number",
    ],
    "Orrin lies at 58.3° N, 3.2° W and Penn at 58.5° N, 3.4° E.": [
        'orrin: wgs84:lat 58.3 "58.3° N"',
        'penn: wgs84:lat 58.5 "58.5° N"',
        'orrin: wgs84:lat 58.5 "58.5° N" ! number',
        'penn: wgs84:long 3.4 "3.4° E"',
        'penn: wgs84:long -3.4 "3.4° E" ! number',
    ],
    "奥林、佩恩位于南纬23.5度、西经113.3度。": [
        "orrin: wgs84:lat -23.5",
        "penn: wgs84:lat -23.5",
        "penn: wgs84:long 113.3 ! number",
    ],
    "The town pays a tenth of it.": [
        "work: productionCapacity 10 percent",
        "work: t:saving 0.1",
        "work: t:saving 10 ! number",
    ],
    "The town pays no more than three quarters.": ["work: productionCapacity atMost 75 percent"],
    "The tenth tram runs.": ["work: t:saving 10"],
    "四分之一是绿地。": ["work: productionCapacity 25 percent", "work: t:saving 4 ! number"],
    "这里居住着五十多万人。": [
        "work: memberCount over 500000 people",
        "work: memberCount 500000 people ! bound",
    ],
    "公司运送旅客170万人次。": ["esk: t:employees 1700000", "esk: t:employees 170 ! number"],
    # Units
    "It covers 47.5 hectares of shore.": [
        "work: area 47.5 ha",
        "work: area 47.5 km2 ! unit",
        "work: t:length 47.5 m ! unit",
    ],
    "The council spends £45m on it.": [
        "work: investment 45000000 GBP",
        "work: investment 45000000 EUR ! unit",
    ],
    "参观时长一个半小时。": ["work: duration 1.5 h", "work: duration 1.5 min ! unit"],
    "最高时速可达120公里。": ["work: t:speed 120 km/h", "work: t:speed 120 km ! unit"],
    "It runs at 90 km per hour.": ["work: t:speed 90 km/h", "work: t:speed 90 km ! unit"],
    "Almost half of them have it.": ["work: t:partTime under 50 percent"],
    "It has 40 plots.": ["work: t:speed 40 unit:NUM", "work: t:speed 40 unit:PLOT ! unit"],
    "全长六公里。": ["work: t:length 6 km", "work: t:length 6 m ! unit", "work: area 6 km2 ! unit"],
    "百分之三十的货运走铁路。": ["work: productionCapacity 30 percent"],
    # Bounds
    "It carries up to 300 lorries.": [
        "work: productionCapacity atMost 300 items",
        "work: productionCapacity 300 items ! bound",
    ],
    "It cost no less than 12.5 million euros.": [
        "work: investment atLeast 12500000 EUR",
        "work: investment over 12500000 EUR ! bound",
    ],
    "A line of nearly 9 km was laid.": [
        "work: t:length about 9 km",
        "work: t:length under 9 km",
        "work: t:length atLeast 9 km ! bound",
    ],
    "The hall is 80 feet high.": ["work: t:height 80 ft", "work: t:height about 80 ft ! bound"],
    "总投资约四亿元。": [
        "work: investment about 400000000 CNY",
        "work: investment 400000000 CNY ! bound",
    ],
    "造价不低于1250万欧元。": [
        "work: investment atLeast 12500000 EUR",
        "work: investment atLeast 12500000 CNY ! unit",
    ],
    "The estimated cost of the hall is £12.5 million.": [
        "work: investment about 12500000 GBP",
        "work: investment 12500000 GBP",
        "work: investment over 12500000 GBP ! bound",
    ],
    "Cost is estimated at £5m.": ["work: investment about 5000000 GBP"],
    "公司至少招聘200名研究人员。": [
        "work: memberCount atLeast 200 people",
        "work: memberCount 200 people ! bound",
    ],
    "附近三家公司合并了。": ["work: partCount 3 items"],
    "面积30公顷左右。": ["work: area about 30 ha", "work: area 30 ha ! bound"],
    # Dates
    "They met on 12 January 2024.": ["award: date 2024-01-12", "award: date 2024-02-12 ! date"],
    "The firms signed it in 2026, the work ends in 2027.": [
        "award: date 2026",
        "award: date 2027 ! future",
        "goal: deadline 2027",
        "goal: date 2027 ! date",
    ],
    "明年底竣工。年内招标。": [
        'award: date 2026 / resolves "年内"',
        'award: date 2027 / resolves "年内" ! date future',
    ],
    "They won it last month.": [
        'award: date 2026-02 / resolves "last month"',
        'award: date 2026-01 / resolves "last month" ! date',
        "award: date 2026-02 ! date",
    ],
    "规划于去年一月获批。": [
        'award: date 2025-01 / resolves "去年一月"',
        'award: date 2026-01 / resolves "去年一月" ! date',
    ],
    "大桥于1963年5月通车。": ["award: date 1963-05", "award: date 1963-06 ! date"],
    # Plans
    "Esk will build a line in Orrin.": [
        "esk: builds work ! future",
        'orrin: inRegion penn "in Orrin"',
    ],
    "Esk will pay £480,000 a year.": ['esk: investment 480000 GBP "£480,000" ! future'],
    "The power is expected in autumn.": ["work: builtBy esk ! future"],
    "Penn Council plan to open it.": ["work: builtBy esk ! future"],
    "Councils expect to see it.": ["work: builtBy esk ! future"],
    "It is scheduled for May.": ["work: builtBy esk ! future", "work: status Planned"],
    "It should open in May.": ["work: builtBy esk ! future"],
    "Esk has a line to open in 2028.": ["work: builtBy esk ! future"],
    "Councils should open their books.": ["work: builtBy esk"],
    "The Plan to open it failed.": ["work: builtBy esk"],
    "Esk will move to the hall, which opened in 1985.": [
        'bridge: builtBy esk "the hall, which opened in 1985"'
    ],
    "They are building it and will open it.": [
        "work: status Planned",
        "work: status Completed ! future",
    ],
    "The pier is under construction.": [
        "work: status Ongoing",
        "work: status Planned ! future",
        "work: status Completed ! future",
    ],
    "正在建设大桥。": ["work: status Ongoing", "work: status Completed ! future"],
    "码头已经建成。": ["work: status Completed", "work: status Ongoing ! future"],
    "方案已于去年获批。": ["work: status Planned"],
    "学校已于去年迁入。": ["work: status Completed", "work: status Planned ! future"],
    "市政府将在奥林建设一座科学园。": [
        "work: status Planned",
        "work: status Completed ! future",
        'orrin: directlyIn penn "在奥林建设"',
    ],
    "They are to be opened by Esk.": ["esk: builds work ! future"],
    "By 2030 the firm is to hire more people.": ["work: builtBy esk ! future"],
    "The firms plan to build it.": ["work: builtBy esk ! future"],
    "Dr Will Dunn said so.": ["work: builtBy dunn"],
    "The will of the voters is clear.": ["work: builtBy dunn"],
    "It is to the north of Penn.": ["work: directlyIn penn"],
    "The lease is to be read with the deed.": ["work: builtBy esk"],
    "法院将被告移送奥林。": ["work: directlyIn orrin"],
    "The bridge, which opened in 1963, will close.": ['work: directlyIn penn "opened in 1963"'],
    "Esk called it the right plan to follow.": ["work: builtBy esk"],
    "老港区将新建一座博物馆。": ["work: directlyIn orrin ! future"],
    "第二座大桥拟在上游建设。": ["work: directlyIn orrin ! future"],
    "预计明年建成。": ["work: directlyIn orrin ! future"],
    "将军府位于老港区。": ["work: directlyIn orrin"],
    "模拟系统已投入使用。": ["work: builtBy esk"],
    "这项计划是更新的一部分。": ["work: directlyIn orrin"],
    "The lane is expected to open in autumn.": [
        "opening: opens lane ! future",
        "lane: builtBy esk",
    ],
    "The lane opened last week.": ["opening: opens lane"],
    # Lists
    "It serves towns such as Orrin and Penn.": [
        "work: t:serves orrin, penn open",
        "esk: t:serves orrin, penn ! list",
        "plan: t:serves orrin, penn whole ! list",
    ],
    "Nine towns, including Orrin, have joined.": [
        "work: t:serves orrin ! list",
        'orrin: t:chairs award "Nine towns, including Orrin, have joined"',
    ],
    "Dunn has won seven titles, including the Penn Cup.": ["work: partCount 7 items"],
    "Orrin, Penn and others have a station.": ["work: t:serves orrin, penn ! list"],
    "包括奥林和佩恩。": ["work: t:serves orrin, penn ! list", "esk: t:serves orrin, penn open"],
    "It pays for works such as halls, paths and a school bus.": [
        'work: t:saving "halls", "paths" open',
        'esk: t:saving "halls", "paths" whole ! list',
        'plan: t:saving "halls"@en, "paths"@en ! list',
    ],
    "奥林、佩恩等签署了协议。": ["work: t:serves orrin, penn ! list"],
    "奥林、佩恩等九市签署了协议。": ["work: t:serves orrin, penn"],
    "高等学校在奥林。": ["work: directlyIn orrin"],
    # Names
    "The line starts in Penn, the ministers agreed.": [
        'work: directlyIn penn "in Penn"',
        'work: directlyIn quay "in Penn" ! label',
        'work: builtBy esk "in Penn"',
    ],
    "It lies there, near Penn.": ["work: directlyIn quay"],
    "The town wants the Fish Quay near Penn.": ['work: directlyIn quay "Quay near Penn"'],
    "The High Court of Westmere dismissed it.": [
        'work: builtBy court "The High Court of Westmere dismissed"',
        'work: builtBy rail "The High Court of Westmere dismissed" ! label',
    ],
    "Westmere Rail is a part of the Rail Group.": [
        'work: builtBy group "Westmere Rail" ! label',
        'work: builtBy group "Westmere Rail is a part of the Rail"',
    ],
    # Labels
    "Huabei Works (华北桥梁厂) will make it, says the architect.": [
        'work: label "Huabei Works"@en',
        'work: label "华北桥梁厂"@zh',
        'plan: label "Huabei Firm"@en ! label',
        'plan: label "华南桥梁厂"@zh ! label',
    ],
    "华北桥梁厂TCL位于奥林。": ['esk: label "TCL Works"@en', 'esk: label "华北厂"@zh ! label'],
    "The harbour tram runs.": [
        'work: label "Harbour Tram"@en',
        'plan: label "港口电车"@zh',
        'work: t:saving "tram"@en',
        'esk: t:saving "oil"@en ! label',
        'esk: label "Port tram"@en ! label',
    ],
}


def _written() -> tuple[str, str, dict[int, set[str]]]:
    """Return a text, its claims, and by which rules each line of these is wrong."""
    text, lines, wrong = ["Orvik, 3 March 2026."], HEAD.splitlines(), {}
    numbers = count(2)
    for sentence, claims in SENTENCES.items():
        number = next(numbers)
        text.append(sentence)
        for claim in claims:
            said, _, rule = claim.partition(" ! ")
            thing, said = said.split(": ", 1)
            said, _, resolved = said.partition(" / ")
            value, _, words = (
                said.partition(' "') if said.endswith('"') and "@" not in said else (said, "", "")
            )
            basis = (
                f"inferred p{number} {resolved}"
                if resolved
                else f'p{number} "{words.rstrip(chr(34)) or sentence[:-1]}"'
            )
            head = (
                f"{thing}-{len(lines)}: {KINDS[thing]} | worded p1"
                if thing in KINDS
                else f"{thing}:"
            )
            lines += [head, f"  {value} | {basis}"]
            wrong[len(lines)] = {*rule.split()}
    return "\n\n".join(text), "\n".join(lines), wrong


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """What the rules say of each line."""
    ontology = tmp_path_factory.mktemp("sentences") / "ontology.ttl"
    ontology.write_text(
        ONTOLOGY
        + "".join(
            f"t:{name} a owl:ObjectProperty ; rdfs:range gba:Quantity .\n"
            for name in ("height", "speed", "partTime")
        )
    )
    text, written, wrong = _written()
    terms = {"t": "https://example.org/terms/"}
    own = tuple(quads(ontology))
    names = Names("https://example.org/", prefixes=terms, own=own)
    claims, faults = parse(written, "all.claims", names)
    assert not faults
    project = Project(
        names=names, passages=FromText(passages_of(text), names.passages),
        claims=tuple(claims), faults=(), ontology=(ontology,), terms=own, built={},
        text=ontology, shapes=(), identifiers=None,
    )  # fmt: skip
    case = Case(project)
    said = {line: set() for line in wrong}
    for claim in claims:
        rules = {name for name, rule in OF_CLAIMS.items() if list(rule(case, claim))}
        said.setdefault(claim.place.line, set()).update(rules)
    return {
        f"{line}: {written.splitlines()[line - 1]}": (said[line], rules)
        for line, rules in wrong.items()
    }


def test_the_rules_find_what_is_wrong_and_nothing_else(found):
    assert len(found) >= 140
    assert {line: told for line, (told, right) in found.items() if told != right} == {}
