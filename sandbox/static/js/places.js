// Well-known places in GCJ-02, the coordinates of maps, and the conversion to WGS-84, the coordinates of GPS.

export const PLACES = [
  { name: "北京西站", lng: 116.3213, lat: 39.8949 },
  { name: "上海人民广场", lng: 121.4752, lat: 31.2288 },
  { name: "广州天河城", lng: 113.3229, lat: 23.1322 },
  { name: "深圳华强北", lng: 114.0859, lat: 22.5471 },
  { name: "成都春熙路", lng: 104.0779, lat: 30.6552 },
];

const SEMI_MAJOR_AXIS_M = 6378245;
const ECCENTRICITY = 0.006693421622965943;

/** Converts GCJ-02 to WGS-84 with an error of a few metres, with the shift at the GCJ-02 point. */
export function toWgs84({ lng, lat }) {
  const [x, y] = [lng - 105, lat - 35];
  const phi = (lat * Math.PI) / 180;
  const magic = 1 - ECCENTRICITY * Math.sin(phi) ** 2;
  const perLat = ((SEMI_MAJOR_AXIS_M * (1 - ECCENTRICITY)) / magic ** 1.5) * (Math.PI / 180);
  const perLng = (SEMI_MAJOR_AXIS_M / Math.sqrt(magic)) * Math.cos(phi) * (Math.PI / 180);
  return { lng: lng - eastM(x, y) / perLng, lat: lat - northM(x, y) / perLat };
}

const wave = (value, ...terms) =>
  (terms.reduce((sum, [height, turns]) => sum + height * Math.sin(value * turns * Math.PI), 0) * 2) / 3;

function eastM(x, y) {
  const base = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * Math.sqrt(Math.abs(x));
  return base + wave(x, [20, 6], [20, 2]) + wave(x, [20, 1], [40, 1 / 3]) + wave(x, [150, 1 / 12], [300, 1 / 30]);
}

function northM(x, y) {
  const base = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * Math.sqrt(Math.abs(x));
  return base + wave(x, [20, 6], [20, 2]) + wave(y, [20, 1], [40, 1 / 3]) + wave(y, [160, 1 / 12], [320, 1 / 30]);
}
