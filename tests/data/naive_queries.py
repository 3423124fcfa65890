"""Queries as a newcomer writes them, without a path, a GRAPH or any knowledge of our conventions.

Each is (kind, query, rows): the rows that the article, or plain geography, makes right. A cell is
the local name of an IRI or the lexical form of a literal; the order of rows does not matter.
"""

# ruff: noqa: E501, ISC004
KINDS = [
    (
        "kinds",
        "SELECT ?x { ?x a gba:Zone }",
        "ai-zone blockchain-zone cuiheng-city guangming-science-city international-finance-town "
        "knowledge-city nansha-science-city pazhou-core-area pearl-science-park songshan-lake-park "
        "suzhou-industrial-park tianjin-eco-city yuzhu-area",
    ),
    ("kinds", "SELECT (COUNT(*) AS ?n) { ?x a gba:Place }", "38"),
    ("kinds", "SELECT (COUNT(?x) AS ?n) { ?x a gba:AdministrativeArea }", "21"),
    ("kinds", "SELECT (COUNT(DISTINCT ?x) AS ?n) { ?x a gba:Organization }", "17"),
    (
        "kinds",
        "SELECT ?x { ?x a gba:Company }",
        "alibaba baidu fosun jd-com tencent xiaomi xpeng",
    ),
    (
        "kinds",
        "SELECT ?x { ?x a gba:Project }",
        "ai-zone apollo-rd-centre blockchain-zone chongqing-connectivity-initiative knowledge-city "
        "nansha-science-city new-infrastructure-plan suzhou-industrial-park tianjin-eco-city "
        "xpeng-production-site",
    ),
    (
        "kinds",
        "SELECT ?p { id:guangzhou gba:carriesOut ?p . ?p a gba:Project }",
        "ai-zone blockchain-zone knowledge-city nansha-science-city new-infrastructure-plan",
    ),
    ("kinds", "SELECT (COUNT(*) AS ?n) { ?x a gba:Topic }", "41"),
    ("kinds", "SELECT (COUNT(*) AS ?n) { ?x a gba:City }", "12"),
    ("kinds", "SELECT ?x { ?x a gba:Person }", "xi-jinping"),
    ("kinds", "SELECT (COUNT(*) AS ?n) { ?x a gba:Target }", "7"),
    ("kinds", "ASK { id:knowledge-city a gba:Place }", "true"),
    ("kinds", "ASK { id:alibaba a gba:Place }", "false"),
]

INVERSES = [
    ("inverses", "SELECT ?who { id:apollo-rd-centre gba:developedBy ?who }", "baidu"),
    (
        "inverses",
        "SELECT ?x { id:ai-zone gba:hasPart ?x }",
        "international-finance-town pazhou-core-area yuzhu-area",
    ),
    ("inverses", "SELECT ?x { id:guangdong gba:hasCapital ?x }", "guangzhou"),
    ("inverses", "SELECT ?who { id:guangzhou-reforms gba:carriedOutBy ?who }", "guangzhou"),
    ("inverses", "SELECT ?who { id:president-of-china gba:postHeldBy ?who }", "xi-jinping"),
    ("inverses", "SELECT ?who { id:guangzhou gba:governedBy ?who }", "guangzhou-government"),
    (
        "inverses",
        "SELECT ?x { id:china-singapore-joint-ventures gba:hasMember ?x }",
        "chongqing-connectivity-initiative knowledge-city suzhou-industrial-park tianjin-eco-city",
    ),
    ("inverses", "SELECT ?x { id:suzhou-industrial-park gba:hasPartner ?x }", "china singapore"),
    ("inverses", "SELECT ?x { id:belt-and-road-initiative gba:hasPart ?x }", "digital-silk-road"),
    ("inverses", "ASK { id:knowledge-city gba:contains id:apollo-rd-centre }", "true"),
    ("inverses", "ASK { id:ai-zone gba:locatedIn id:yuzhu-area }", "false"),
]

PLACES = [
    ("transitive", "ASK { id:apollo-rd-centre gba:locatedIn id:china }", "true"),
    ("transitive", "ASK { id:xpeng-production-site gba:locatedIn id:guangzhou }", "true"),
    ("transitive", "ASK { id:pearl-science-park gba:locatedIn id:guangdong }", "true"),
    (
        "transitive",
        "SELECT ?x { id:apollo-rd-centre gba:locatedIn ?x }",
        "china greater-bay-area guangdong guangzhou huangpu knowledge-city",
    ),
    (
        "transitive",
        "SELECT ?zone { ?zone a gba:Zone ; gba:locatedIn id:guangzhou }",
        "ai-zone blockchain-zone international-finance-town knowledge-city nansha-science-city "
        "pazhou-core-area pearl-science-park yuzhu-area",
    ),
    (
        "transitive",
        "SELECT ?zone { ?zone a gba:Zone ; gba:locatedIn id:tianjin }",
        "tianjin-eco-city",
    ),
    ("transitive", "ASK { id:suzhou-industrial-park gba:locatedIn id:guangdong }", "false"),
    ("transitive", "ASK { id:greater-bay-area gba:locatedIn id:guangdong }", "false"),
    ("transitive", "ASK { id:yuzhu-area gba:locatedIn id:china }", "true"),
    (
        "transitive",
        "SELECT ?p { ?p a gba:Project ; gba:locatedIn id:knowledge-city }",
        "apollo-rd-centre xpeng-production-site",
    ),
    (
        "transitive",
        "SELECT ?c ?z { ?c gba:develops ?p . ?p gba:locatedIn ?z . ?z a gba:Zone }",
        "baidu,knowledge-city xpeng,knowledge-city",
    ),
]

SUMS = [
    (
        "sums",
        "SELECT (SUM(?v) AS ?sum) { ?z a gba:Zone ; gba:area/gba:value ?v }",
        "303",
    ),
    ("sums", "SELECT ?v { id:knowledge-city gba:area/gba:value ?v }", "123"),
    ("sums", "SELECT ?v { id:ai-zone gba:area/gba:value ?v }", "81"),
    ("sums", "SELECT (COUNT(?x) AS ?n) { ?x a gba:SigningRound }", "1"),
    (
        "sums",
        "SELECT (SUM(?n) AS ?projects) { ?x a gba:SigningRound ; gba:signedProjectCount/gba:value ?n }",
        "135",
    ),
    (
        "sums",
        "SELECT ?who (COUNT(?p) AS ?n) { ?who a gba:Company ; gba:develops ?p } GROUP BY ?who",
        "baidu,1 xpeng,1",
    ),
    (
        "sums",
        "SELECT (SUM(?v) AS ?n) { ?t a gba:Target ; gba:targetNumber ?q . ?q gba:countOf id:5g-base-station ; gba:value ?v }",
        "80000",
    ),
    (
        "sums",
        'SELECT ?v { id:signing-knowledge-city-2020 gba:investment ?m . ?m gba:currency "CNY" ; gba:value ?v }',
        "170000000000",
    ),
    ("sums", "SELECT (COUNT(?b) AS ?n) { ?b gba:builds id:nansha-science-city }", "2"),
    ("sums", "SELECT (COUNT(?a) AS ?n) { ?a a gba:Approval }", "2"),
    ("sums", "SELECT (COUNT(?a) AS ?n) { ?a a gba:Launch }", "1"),
    (
        "sums",
        "SELECT (MAX(?v) AS ?most) { ?z a gba:Zone ; gba:area ?a . ?a gba:value ?v }",
        "123",
    ),
]

MAPPED = [
    ("mapped", "SELECT (COUNT(*) AS ?n) { ?x a schema:Place }", "38"),
    ("mapped", "SELECT (COUNT(*) AS ?n) { ?x a schema:City }", "12"),
    ("mapped", "SELECT (COUNT(*) AS ?n) { ?x a org:Organization }", "17"),
    ("mapped", "SELECT (COUNT(*) AS ?n) { ?x a schema:Organization }", "17"),
    ("mapped", "SELECT (COUNT(*) AS ?n) { ?x a skos:Concept }", "56"),
    (
        "mapped",
        "SELECT (COUNT(DISTINCT ?n) AS ?names) { ?x a gba:Zone ; schema:name ?n FILTER (LANG(?n) = 'en') }",
        "13",
    ),
    (
        "mapped",
        "SELECT ?v { id:knowledge-city gba:area/<http://qudt.org/schema/qudt/numericValue> ?v }",
        "123",
    ),
    ("mapped", "SELECT ?v { id:knowledge-city gba:area/schema:value ?v }", "123"),
    (
        "mapped",
        "SELECT ?u { ?q gba:currency 'CNY' ; <http://qudt.org/schema/qudt/hasUnit> ?u }",
        "CNY",
    ),
    ("mapped", "SELECT (COUNT(?x) AS ?n) { ?x a prov:Agent ; gba:carriesOut ?y }", "16"),
    (
        "transitive",
        "SELECT ?z { ?z a gba:Zone ; gba:locatedIn id:greater-bay-area }",
        "ai-zone blockchain-zone cuiheng-city guangming-science-city international-finance-town "
        "knowledge-city nansha-science-city pazhou-core-area pearl-science-park songshan-lake-park "
        "yuzhu-area",
    ),
    (
        "transitive",
        "SELECT ?c { ?c a gba:UrbanArea ; gba:locatedIn id:greater-bay-area }",
        "dongguan foshan guangzhou hong-kong huizhou jiangmen macau shenzhen zhaoqing zhongshan zhuhai",
    ),
    ("dates", "SELECT (COUNT(?d) AS ?n) { ?x a gba:Target ; gba:onDate ?d }", "6"),
    (
        "inverses",
        "SELECT ?who { ?x a gba:Approval ; gba:authority ?who }",
        "bay-area-leading-group guangdong-government ministry-of-commerce",
    ),
    ("mapped", "SELECT ?x { ?x a schema:Person }", "xi-jinping"),
    (
        "mapped",
        "SELECT ?x { ?x dcterms:isPartOf id:ai-zone }",
        "international-finance-town pazhou-core-area yuzhu-area",
    ),
    (
        "mapped",
        "SELECT DISTINCT ?doc { ?x prov:wasDerivedFrom ?p . ?p dcterms:isPartOf ?s . ?s dcterms:isPartOf ?doc }",
        "article",
    ),
    ("mapped", 'SELECT ?x { ?x skos:prefLabel "Blockchain"@en }', "blockchain"),
    ("mapped", "SELECT (COUNT(*) AS ?n) { ?x a schema:Country }", "2"),
    ("mapped", "ASK { art:nansha-1 dcterms:isPartOf art:nansha }", "true"),
]

LABELS = [
    ("labels", 'SELECT ?x { ?x rdfs:label "Baidu"@en }', "baidu"),
    ("labels", 'SELECT ?x { ?x rdfs:label "广州"@zh-hans }', "guangzhou"),
    (
        "labels",
        'SELECT ?x { ?x rdfs:label ?l FILTER(STR(?l) = "Apollo R&D Centre") }',
        "apollo-rd-centre",
    ),
    (
        "labels",
        'SELECT ?x { ?x a gba:Zone ; rdfs:label ?l FILTER(CONTAINS(?l, "Nansha")) }',
        "nansha-science-city",
    ),
    ("labels", 'SELECT ?l { id:guangzhou rdfs:label ?l FILTER(LANG(?l) = "en") }', "Guangzhou"),
    (
        "labels",
        'SELECT ?l { id:guangzhou rdfs:label ?l FILTER(LANGMATCHES(LANG(?l), "zh")) }',
        "广州 廣州",
    ),
    ("labels", 'SELECT ?x { ?x skos:altLabel "AI zone"@en }', "ai-zone"),
    ("labels", 'SELECT ?c { ?c rdfs:label "Zone"@en }', "Zone"),
    (
        "labels",
        'SELECT ?x { ?x a gba:Company ; rdfs:label ?l FILTER(LCASE(STR(?l)) = "tencent") }',
        "tencent",
    ),
]

DATES = [
    ("dates", "SELECT ?d { id:approval-kc-master-plan gba:date ?d }", "2020-08"),
    (
        "dates",
        'SELECT ?x { ?x a gba:Launch ; gba:date ?d FILTER(STR(?d) = "2010") }',
        "launch-knowledge-city",
    ),
    ("dates", "SELECT ?d { id:completion-xpeng-site gba:date ?d }", "2022"),
    (
        "dates",
        'SELECT ?t { ?t a gba:Target ; gba:latest ?d FILTER(?d <= "2022-12-31"^^xsd:date) }',
        "target-5g-base-stations target-charging-facilities target-public-charging-stations",
    ),
    (
        "dates",
        'SELECT ?t { ?t a gba:Target ; gba:deadline "2035"^^xsd:gYear }',
        "target-bay-area-powerhouse",
    ),
    (
        "dates",
        'SELECT ?e { ?e a gba:Approval ; gba:earliest ?d FILTER(?d >= "2020-02-01"^^xsd:date) }',
        "approval-kc-master-plan",
    ),
    ("dates", "SELECT (MIN(?d) AS ?first) { ?e a gba:Event ; gba:earliest ?d }", "2010-01-01"),
    ("dates", "SELECT ?y { id:promotion-knowledge-city gba:date ?y }", "2018"),
]

EVIDENCE = [
    (
        "evidence",
        "SELECT ?p { ?c rdf:subject id:baidu ; rdf:predicate gba:develops ; rdf:object id:apollo-rd-centre ; ev:inferredFrom ?p }",
        "knowledge-city-3",
    ),
    (
        "evidence",
        "SELECT ?b ?p { ?c rdf:subject id:approval-kc-master-plan ; rdf:predicate gba:earliest ; ?b ?p VALUES ?b { ev:statedIn ev:inferredFrom } }",
        "inferredFrom,knowledge-city-2",
    ),
    (
        "evidence",
        "SELECT ?p { ?c rdf:subject id:knowledge-city-area ; rdf:predicate gba:value ; ev:statedIn ?p }",
        "knowledge-city-1",
    ),
    (
        "evidence",
        "SELECT ?p { ?c rdf:subject id:ai-zone-area ; rdf:predicate gba:value ; ev:inferredFrom ?p }",
        "ai-zone-1",
    ),
    (
        "evidence",
        "SELECT ?p { ?c rdf:subject id:target-5g-base-stations-number ; rdf:predicate gba:value ; rdf:object 80000 ; ev:statedIn ?p }",
        "infrastructure-2",
    ),
    (
        "evidence",
        "SELECT ?other { ?other gba:differsFrom id:knowledge-city-area }",
        "context-knowledge-city-area-2020 context-knowledge-city-area-2022",
    ),
    (
        "evidence",
        "SELECT (COUNT(DISTINCT ?k) AS ?n) { ?c rdf:subject ?s ; a ?k FILTER(?k = ev:Claim) }",
        "1",
    ),
]

ALL = [*KINDS, *INVERSES, *PLACES, *SUMS, *MAPPED, *LABELS, *DATES, *EVIDENCE]
