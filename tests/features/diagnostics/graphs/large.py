"""A graph of the invented country Velmara: operators, stations, sensors, readings. Deterministic: a thing depends on its own
numbers alone, so a larger graph holds each station, sensor and reading of a smaller one (but what is last).

python large.py OUT.nt [--triples N]      (at least 20,000; default 1,000,000)
"""

import argparse
from datetime import datetime, timedelta

ONT, ID = "https://velmara.example/ont#", "https://velmara.example/id/"
RDF, RDFS = "http://www.w3.org/1999/02/22-rdf-syntax-ns#", "http://www.w3.org/2000/01/rdf-schema#"
XSD, UNIT = "http://www.w3.org/2001/XMLSchema#", "http://qudt.org/vocab/unit/"
WGS = "http://www.w3.org/2003/01/geo/wgs84_pos#"
TYPE, LABEL = f"<{RDF}type>", f"<{RDFS}label>"

TREE = {  # class: (wider, label, Chinese label or None)
    "Thing": (None, "thing", None),
    "Place": ("Thing", "place", "地点"),
    "Region": ("Place", "region", "地区"),
    "City": ("Place", "city", "城市"),
    "Operator": ("Thing", "operator", "运营单位"),
    "PublicOperator": ("Operator", "public operator", None),
    "PrivateOperator": ("Operator", "private operator", None),
    "Station": ("Thing", "station", "站点"),
    "WeatherStation": ("Station", "weather station", "气象站"),
    "RiverStation": ("Station", "river station", "水文站"),
    "AirStation": ("Station", "air station", "空气质量站"),
    "Sensor": ("Thing", "sensor", "传感器"),
    "TemperatureSensor": ("Sensor", "temperature sensor", "温度传感器"),
    "HumiditySensor": ("Sensor", "humidity sensor", None),
    "WindSensor": ("Sensor", "wind sensor", None),
    "WaterLevelSensor": ("Sensor", "water level sensor", "水位传感器"),
    "RainGauge": ("Sensor", "rain gauge", "雨量计"),
    "AirQualitySensor": ("Sensor", "air quality sensor", None),
    "PM25Sensor": ("AirQualitySensor", "PM2.5 sensor", None),
    "NO2Sensor": ("AirQualitySensor", "NO2 sensor", None),
    "Reading": ("Thing", "reading", "读数"),
    "Measurement": ("Reading", "measurement", "测量值"),
    "Forecast": ("Reading", "forecast", "预报值"),
    "Status": ("Thing", "status", None),
    "Quality": ("Thing", "quality", None),
}
PROPERTIES = {
    "inRegion": "in region",
    "inCity": "in city",
    "operatedBy": "operated by",
    "atStation": "at station",
    "status": "status",
    "opened": "opened",
    "closed": "closed",
    "altitude": "altitude",
    "code": "code",
    "number": "number",
    "serial": "serial number",
    "installed": "installed",
    "accuracy": "accuracy",
    "sensor": "sensor",
    "value": "value",
    "unit": "unit",
    "time": "time",
    "quality": "quality",
    "population": "population",
    "area": "area",
    "founded": "founded",
    "budget": "budget",
    "currency": "currency",
}
REGIONS = (
    ("Northmark", "北境"),
    ("Easterly", "东岭"),
    ("Southvale", "南谷"),
    ("Westmoor", "西泽"),
    ("Highfell", "高原"),
    ("Lakeshire", "湖郡"),
    ("Saltcoast", None),
    ("Pinewold", None),
    ("Riverend", None),
    ("Sunholm", None),
    ("Greyfen", None),
    ("Ironhills", None),
)
CITY_A = ("Alder", "Brack", "Cinder", "Dun", "Elm", "Fair", "Glen", "Haver", "Inver", "Kel")
CITY_B = ("mere", "ford", "ton", "wick")
OPERATORS = (  # name, Chinese, class, founded, budget, currency
    ("Velmara Weather Service", "维尔马拉气象局", "PublicOperator", 1921, 84000000, "VMD"),
    ("River Authority", "河流管理局", "PublicOperator", 1954, 52000000, "VMD"),
    ("Clean Air Agency", "清洁空气署", "PublicOperator", 1987, 31000000, "VMD"),
    ("Northmark Council", None, "PublicOperator", 1962, 12000000, "VMD"),
    ("Skywatch Ltd", None, "PrivateOperator", 2004, 2500000, "USD"),
    ("Fahrenheit Brothers", None, "PrivateOperator", 1998, 1800000, "USD"),
    ("Blue Gauge", None, "PrivateOperator", 2011, 900000, "VMD"),
    ("Tern Instruments", "燕鸥仪器", "PrivateOperator", 2015, 700000, "USD"),
)
KINDS = (  # of station: class, English, Chinese, its three sensors
    (
        "WeatherStation",
        "Weather station",
        "气象站",
        ("TemperatureSensor", "HumiditySensor", "WindSensor"),
    ),
    (
        "RiverStation",
        "River station",
        "水文站",
        ("WaterLevelSensor", "RainGauge", "TemperatureSensor"),
    ),
    ("AirStation", "Air station", "空气质量站", ("PM25Sensor", "NO2Sensor", "TemperatureSensor")),
)
UNITS = {
    "TemperatureSensor": "DEG_C",
    "HumiditySensor": "PERCENT",
    "WindSensor": "M-PER-SEC",
    "WaterLevelSensor": "M",
    "RainGauge": "MilliM",
    "PM25Sensor": "MicroGM-PER-M3",
    "NO2Sensor": "MicroGM-PER-M3",
}


def o(name):
    return f"<{ONT}{name}>"


def d(name):
    return f"<{ID}{name}>"


def typed(value, datatype):
    return f'"{value}"^^<{XSD}{datatype}>'


def fixed():
    for name, (wider, en, zh) in TREE.items():
        yield o(name), TYPE, f"<{RDFS}Class>"
        yield o(name), LABEL, f'"{en}"@en'
        if zh:
            yield o(name), LABEL, f'"{zh}"@zh'
        if wider:
            yield o(name), f"<{RDFS}subClassOf>", o(wider)
    for name, en in PROPERTIES.items():
        yield o(name), TYPE, f"<{RDF}Property>"
        yield o(name), LABEL, f'"{en}"@en'
    for name, kind, en, zh in (
        ("Active", "Status", "active", "运行中"),
        ("Decommissioned", "Status", "decommissioned", "已停用"),
        ("Planned", "Status", "planned", "计划中"),
        ("Good", "Quality", "good", None),
        ("Suspect", "Quality", "suspect", None),
    ):
        yield o(name), TYPE, o(kind)
        yield o(name), LABEL, f'"{en}"@en'
        if zh:
            yield o(name), LABEL, f'"{zh}"@zh'
    for r, (en, zh) in enumerate(REGIONS):
        s = d(f"region-{r}")
        yield s, TYPE, o("Region")
        yield s, LABEL, f'"{en}"@en'
        if zh:
            yield s, LABEL, f'"{zh}"@zh'
        yield s, o("population"), typed(180000 + r * r * 41000, "integer")
        yield s, o("area"), typed(f"{2100 + r * 377}.5", "decimal")
    for c in range(40):
        s = d(f"city-{c}")
        yield s, TYPE, o("City")
        yield s, LABEL, f'"{CITY_A[c % 10]}{CITY_B[c // 10]}"@en'
        yield s, o("inRegion"), d(f"region-{c % 12}")
        # every ninth population came out of a spreadsheet, as text with separators
        people = 9000 + c * 6100
        yield s, o("population"), (f'"{people:,}"' if c % 9 == 4 else typed(people, "integer"))
    for p, (en, zh, kind, founded, budget, currency) in enumerate(OPERATORS):
        s = d(f"op-{p}")
        yield s, TYPE, o(kind)
        yield s, LABEL, f'"{en}"@en'
        if zh:
            yield s, LABEL, f'"{zh}"@zh'
        yield s, o("founded"), typed(founded, "gYear")
        yield s, o("budget"), typed(budget, "integer")
        yield s, o("currency"), f'"{currency}"'


def station(n):
    s = d(f"station-{n}")
    kind, en, zh, sensors = KINDS[n % 3]
    yield s, TYPE, o("Station" if n % 10 == 9 else kind)
    yield s, LABEL, f'"{en} {n}"@en'
    if n % 2 == 0:
        yield s, LABEL, f'"{zh}{n}号"@zh'
    yield s, o("number"), typed(n, "integer")
    yield s, o("code"), f'"VM-{n:04d}"'
    yield s, o("operatedBy"), d(f"op-{n % 8}")
    yield s, o("inCity"), d(f"city-{n * 7 % 40}")
    day = f"{1990 + n * 11 % 34}-{1 + n % 12:02d}-{1 + n % 28:02d}"
    yield (
        s,
        o("opened"),
        (
            typed(day[:4], "gYear")
            if n % 7 == 3
            else f'"{day}"'
            if n % 11 == 5
            else typed(day, "date")
        ),
    )
    height = 20 + n * 53 % 1900
    yield s, o("altitude"), (f'"{height} m"' if n % 13 == 6 else typed(f"{height}.0", "decimal"))
    yield s, f"<{WGS}lat>", typed(f"{41 + n % 50 / 10:.1f}", "double")
    yield s, f"<{WGS}long>", typed(f"{7 + n % 70 / 10:.1f}", "double")
    closed = n % 6 == 4
    yield s, o("status"), o("Decommissioned" if closed else "Planned" if n % 19 == 8 else "Active")
    if closed:
        yield s, o("closed"), typed(f"2024-{1 + n % 12:02d}-15", "date")
    for k, sensor in enumerate(sensors):
        i = n * 3 + k
        x = d(f"sensor-{i}")
        yield x, TYPE, o(sensor)
        yield x, o("atStation"), s
        yield x, o("serial"), f'"{100000 + i}"'
        yield x, o("installed"), typed(f"{2012 + i % 11}-{1 + i % 12:02d}-01", "date")
        yield x, o("accuracy"), typed(f"0.{1 + i % 9}", "decimal")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path")
    parser.add_argument("--triples", type=int, default=1_000_000)
    options = parser.parse_args()
    wanted = max(options.triples, 20_000)
    stations = max(48, wanted // 4000)
    start = datetime(2024, 1, 1)
    decimal, double = f"^^<{XSD}decimal>", f"^^<{XSD}double>"
    with open(options.path, "w", encoding="utf-8") as out:
        written = 0
        for part in (fixed(), *(station(n) for n in range(stations))):
            lines = [f"{s} {p} {v} .\n" for s, p, v in part]
            written += len(lines)
            out.write("".join(lines))
        sensors = [(KINDS[i // 3 % 3][3][i % 3], i // 3 % 8 == 5) for i in range(stations * 3)]
        j = 0
        while written < wanted:
            at = start + timedelta(hours=6 * j)
            moment, day = at.isoformat() + "Z", at.date().isoformat()
            chunk = []
            for i, (kind, fahrenheit) in enumerate(sensors):
                number = (i * 13 + j * 17) % 300
                unit = UNITS[kind]
                if kind == "TemperatureSensor":
                    number = number + 50
                    if fahrenheit:
                        number, unit = number * 9 // 5 + 320, "DEG_F"
                text = f"{number / 10:.1f}"
                # by mistake: text for a number, a double, no number at all
                value = (
                    f'"{text}"'
                    if (i * 7 + j) % 31 == 5
                    else f'"{text}"{double}'
                    if (i * 5 + j) % 37 == 9
                    else '"n/a"'
                    if (i + j * 3) % 41 == 7
                    else f'"{text}"{decimal}'
                )
                time = (
                    f'"{day}"^^<{XSD}date>'
                    if (i + j) % 29 == 3
                    else f'"{moment}"'
                    if (i * 3 + j) % 43 == 11
                    else f'"{moment}"^^<{XSD}dateTime>'
                )
                quality = (
                    '"good"' if (i + j) % 47 == 5 else o("Suspect" if (i + j) % 10 == 7 else "Good")
                )
                r = f"<{ID}r-{i}-{j}>"
                chunk.append(
                    f"{r} {TYPE} <{ONT}{'Forecast' if (i + 2 * j) % 23 == 4 else 'Measurement'}> .\n"
                    f"{r} <{ONT}sensor> <{ID}sensor-{i}> .\n{r} <{ONT}value> {value} .\n{r} <{ONT}unit> <{UNIT}{unit}> .\n"
                    f"{r} <{ONT}time> {time} .\n{r} <{ONT}quality> {quality} .\n"
                )
            written += 6 * len(sensors)
            out.write("".join(chunk))
            j += 1
    print(f"{written} triples: {stations} stations, {len(sensors)} sensors, {j} readings of each")


if __name__ == "__main__":
    main()
