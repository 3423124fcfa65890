"""Maps: where points are, which land is behind them, and labels that do not overlap."""

import itertools
import json
import math
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gbagraph.features.pictures import land, maps, shapes
from gbagraph.features.pictures.maps import Place
from gbagraph.features.pictures.shapes import Box
from gbagraph.rdf.results import Value

BAY = [
    ("Guangzhou", 113.25, 23.117),
    ("Shenzhen", 114.068, 22.546),
    ("Hong Kong", 114.098, 22.449),
    ("Macau", 113.556, 22.13),
    ("Zhuhai", 113.568, 22.277),
    ("Foshan", 113.131, 23.027),
]


def place(name, longitude, latitude, **more):
    return Place(Value(name, f"https://example.org/{name}"), longitude, latitude, **more)


def places(rows=BAY):
    return [place(*row) for row in rows]


@pytest.fixture
def sketch(tmp_path):
    file = tmp_path / "land.json"
    coast = [[111, 21], [116.2, 21], [116.2, 24.8], [111, 24.8]]
    file.write_text(json.dumps({"source": "A sketch", "rings": [coast]}))
    return land.read(file)


# --- The projection ---


def test_known_parallels_are_where_mercator_has_them_and_the_pole_is_cut_off():
    assert land.northing(0) == 0
    assert land.northing(60) == pytest.approx(math.degrees(math.log(math.tan(math.radians(75)))))
    assert land.northing(90) == land.northing(85)


@given(st.floats(-85, 85))
def test_the_projection_can_be_turned_back(latitude):
    assert land.latitude_of(land.northing(latitude)) == pytest.approx(latitude, abs=1e-9)


@pytest.mark.parametrize(
    ("longitudes", "drawn"),
    [
        ([179.0, -179.0], (179.0, 181.0)),
        ([114.0, -10.0, 3.0], (114.0, -10.0, 3.0)),
        ([-3.27, -3.52, -3.09], (-3.27, -3.52, -3.09)),  # -3.52 % 360 - 360 is a hair above -3.52
    ],
)
def test_only_over_the_antimeridian_longitudes_go_on(longitudes, drawn):
    assert land.unwrapped(longitudes) == drawn


# --- Points ---


def test_north_is_up_and_east_is_right():
    marks = {mark.words: mark for mark in maps.draw(places()).panels[0].marks}
    assert marks["Guangzhou"].y < marks["Macau"].y
    assert marks["Guangzhou"].x < marks["Shenzhen"].x


def test_points_beside_the_antimeridian_are_beside_each_other():
    drawn = maps.draw([place("Taveuni", 179.9, -16.8), place("Rabi", -179.9, -16.5)]).panels[0]
    assert abs(drawn.marks[0].x - drawn.marks[1].x) < drawn.width
    assert drawn.marks[0].x < drawn.marks[1].x


def test_one_point_is_in_the_middle():
    drawn = maps.draw(places(BAY[:1])).panels[0]
    assert drawn.marks[0].x == pytest.approx(drawn.width / 2)
    assert drawn.marks[0].y == pytest.approx(drawn.height / 2)


def test_what_is_not_on_the_earth_is_left_out():
    assert (
        len(maps.draw([place("x", 10, 95), place("y", math.nan, 5), place("z", 1, 1)]).places) == 1
    )


def test_places_at_one_point_share_a_mark():
    marks = (
        maps.draw([place("a", 113, 23), place("b", 113, 23), place("c", 114, 23)]).panels[0].marks
    )
    assert [mark.words for mark in marks] == ["a, b", "c"]


def test_places_far_from_most_others_get_a_second_map():
    far = maps.draw([*places(), place("Singapore", 103.8, 1.37)])
    assert [len(row.marks) for row in far.panels] == [6, 1]
    assert far.panels[1].frame is not None
    assert len(maps.draw(places()).panels) == 1


def test_a_country_is_a_name_without_a_dot_where_its_middle_is():
    drawn = maps.draw([*places(), place("Guangdong", 113.4, 22.8, is_area=True)]).panels[0]
    (area,) = (mark for mark in drawn.marks if mark.is_area)
    assert area.label.box.x < area.x < area.label.box.x + area.label.box.width
    assert area.label.box.y < area.y < area.label.box.y + area.label.box.height


# --- Land, degrees and scale ---


def test_land_is_drawn_where_it_is_known(sketch):
    drawn = maps.draw(places(), land=sketch)
    assert drawn.panels[0].land.startswith("M")
    assert drawn.source == "A sketch"


def test_land_is_cut_off_at_the_edge_of_the_map(sketch):
    drawn = maps.draw(places(), land=sketch).panels[0]
    corners = [point for ring in drawn.land.split("Z") if ring for point in points_of(ring)]
    assert max(x for x, _ in corners) == pytest.approx(drawn.width + 4, abs=0.2)
    assert min(x for x, _ in corners) == min(y for _, y in corners) == pytest.approx(-4, abs=0.05)


def points_of(ring):
    """The points of a path that begins at one and goes on relative to it."""
    numbers = [float(number) for number in re.findall(r"-?\d*\.?\d+", ring)]
    moves = list(zip(numbers[::2], numbers[1::2], strict=True))
    return [tuple(map(sum, zip(*moves[: n + 1], strict=True))) for n in range(len(moves))]


def test_the_file_says_what_region_it_is_all_land_of(tmp_path):
    file = tmp_path / "land.json"
    ring = [[112, 22], [113, 22], [113, 23]]
    file.write_text(json.dumps({"source": "", "bounds": [111, 21, 116, 24], "rings": [ring]}))
    found = land.read(file)
    assert (found.west, found.south, found.east, found.north) == (111, 21, 116, 24)


def test_one_point_is_told_in_the_whole_region(sketch):
    for found in BAY:
        drawn = maps.draw([place(*found)], shapes.NARROW, sketch).panels[0]
        (mark,) = drawn.marks
        assert drawn.land
        assert 20 < mark.x < drawn.width - 20
        assert 20 < mark.y < drawn.height - 20
        # More than three degrees are on it, and no degrees are written on land and rivers.
        assert drawn.width / (float(drawn.bar.length) / float(drawn.bar.kilometres)) > 300
        assert not drawn.lines


def test_elsewhere_no_land_is_drawn(sketch):
    drawn = maps.draw(places([("Paris", 2.35, 48.85), ("Lyon", 4.83, 45.76)]), land=sketch)
    assert (drawn.panels[0].land, drawn.source) == ("", "")
    assert drawn.panels[0].lines


def test_without_a_file_there_is_no_land(tmp_path):
    assert land.read(tmp_path / "none.json") is None


def test_degrees_have_names():
    assert {"23° N", "113° E"} <= {line.name.text for line in maps.draw(places()).panels[0].lines}


def test_the_bar_is_as_long_as_it_says():
    drawn = maps.draw([place("a", 0, 0), place("b", 1, 0)]).panels[0]
    a, b = drawn.marks
    kilometres = float(drawn.bar.kilometres.replace(",", ""))
    assert drawn.bar.length / kilometres == pytest.approx((b.x - a.x) / 111.32, rel=0.02)


# --- Labels ---

POINTS = st.lists(
    st.tuples(st.text(min_size=1, max_size=30), st.floats(-180, 180), st.floats(-90, 90)),
    max_size=60,
)
NEAR = st.lists(
    st.tuples(st.text(min_size=1, max_size=30), st.floats(113, 113.3), st.floats(23, 23.2)),
    max_size=60,
)


@settings(max_examples=60, deadline=None)
@given(POINTS | NEAR, st.sampled_from([shapes.WIDE, shapes.NARROW]))
def test_labels_overlap_neither_each_other_nor_dots_nor_the_edge(rows, width):
    for drawn in maps.draw(places(rows), width).panels:
        boxes = [mark.label.box for mark in drawn.marks if mark.label]
        dots = [Box(m.x - 5, m.y - 5, 10, 10) for m in drawn.marks]
        area = Box(0, 0, drawn.width, drawn.height)
        assert all(area.holds(box) for box in boxes)
        assert not any(a.overlaps(b) for a, b in itertools.combinations(boxes, 2))
        assert not any(box.overlaps(dot) for box in boxes for dot in dots)


@given(POINTS, st.sampled_from([shapes.WIDE, shapes.NARROW]))
@settings(max_examples=40, deadline=None)
def test_all_points_are_on_a_map(rows, width):
    drawn = maps.draw(places(rows), width)
    shown = [found for row in drawn.panels for mark in row.marks for found in mark.places]
    assert sorted(found.value.text for found in shown) == sorted(name for name, *_ in rows)
    for row in drawn.panels:
        assert all(0 <= m.x <= row.width and 0 <= m.y <= row.height for m in row.marks)


def test_where_no_name_fits_there_is_the_number_of_the_list():
    rows = [("A name of some length", 113 + n / 90, 23 + (n % 4) / 90) for n in range(40)]
    marks = maps.draw(places(rows), shapes.NARROW).panels[0].marks
    numbered = [mark for mark in marks if mark.is_numbered]
    assert numbered
    assert all(mark.label.text.isdigit() for mark in numbered)
