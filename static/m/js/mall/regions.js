// Provinces, cities and districts of China with their codes of six digits. The data is loaded when it is first needed.

const DATA = new URL("../../../vendor/area-data/index.js", import.meta.url).href;
let loading = null;

/** The three lists; a failed load can be tried again. */
export function loadRegions() {
  loading ??= import(DATA).then(({ areaList }) => areaList).catch((error) => {
    loading = null;
    throw error;
  });
  return loading;
}

const below = (list, start) => Object.entries(list).filter(([code]) => code.startsWith(start)).map(([code, name]) => ({ code, name }));

export const provincesOf = ({ province_list }) => below(province_list, "");
export const citiesOf = ({ city_list }, province) => (province ? below(city_list, province.slice(0, 2)) : []);
export const districtsOf = ({ county_list }, city) => (city ? below(county_list, city.slice(0, 4)) : []);

/** The codes of province, city and district by their names, each empty from the first that is not found. */
export function findCodes(regions, [province, city, district]) {
  const codeOf = (rows, name) => rows.find((row) => row.name === name)?.code ?? "";
  const first = codeOf(provincesOf(regions), province);
  const second = codeOf(citiesOf(regions, first), city);
  return [first, second, codeOf(districtsOf(regions, second), district)];
}

/** The names of three codes. */
export function namesOf({ province_list, city_list, county_list }, [province, city, district]) {
  return [province_list[province] ?? "", city_list[city] ?? "", county_list[district] ?? ""];
}
