// The land around the Pearl River Delta, as rings of longitudes and latitudes to be filled even-odd.
import { feature } from "topojson-client";

const [WEST, SOUTH, EAST, NORTH] = [111.0, 21.0, 116.2, 24.8];

// Each side of the window: how far inside of it a point is.
const sides = [p => p[0] - WEST, p => EAST - p[0], p => p[1] - SOUTH, p => NORTH - p[1]];

// The part of a ring within one side (a step of Sutherland and Hodgman's algorithm).
const within = (ring, inside) => ring.flatMap((point, i) => {
  const before = ring.at(i - 1), from = inside(before), to = inside(point);
  const part = from / (from - to);
  const crossing = before.map((value, axis) => value + part * (point[axis] - value));
  return [...((from < 0) !== (to < 0) ? [crossing] : []), ...(to < 0 ? [] : [point])];
});

const rounded = ring => ring
  .map(point => point.map(value => Math.round(value * 1000) / 1000))
  .filter(([x, y], i, all) => x !== all.at(i - 1)[0] || y !== all.at(i - 1)[1]);

export const land = atlas => {
  const polygons = feature(atlas, atlas.objects.land).features.flatMap(({ geometry }) =>
    geometry.type === "Polygon" ? [geometry.coordinates] : geometry.coordinates);
  // The last point of a ring repeats the first.
  const rings = polygons.flat().map(ring => rounded(sides.reduce(within, ring.slice(0, -1))));
  return {
    source: "Natural Earth 1:10m land (public domain), by world-atlas",
    bounds: [WEST, SOUTH, EAST, NORTH],
    rings: rings.filter(ring => ring.length > 2),
  };
};
