// The choice of province, city and district of an address.

import { html } from "../html.js";
import { citiesOf, districtsOf, findCodes, loadRegions, namesOf, provincesOf } from "./regions.js";

const { onMounted, reactive } = window.Vue;
const LABELS = ["省", "市", "区县"];

/** `region` are the three names; `onChange` gets the names with the code of the district, empty until all are chosen. */
export const RegionPicker = {
  props: { region: Array, onChange: Function },
  setup(props) {
    const state = reactive({ regions: null, codes: ["", "", ""], failure: "" });

    async function load() {
      state.failure = "";
      try {
        state.regions = await loadRegions();
        state.codes = findCodes(state.regions, props.region);
        if (props.region.some(Boolean)) send(); // an earlier text may name no region of the list
      } catch {
        state.failure = "地区没有加载成功";
      }
    }

    function send() {
      props.onChange({ region: namesOf(state.regions, state.codes), region_code: state.codes[2] });
    }

    function choose(level, code) {
      state.codes = [...state.codes.slice(0, level), code, "", ""].slice(0, 3);
      const [province, city] = state.codes;
      const cities = citiesOf(state.regions, province);
      if (level === 0 && cities.length === 1) state.codes[1] = cities[0].code; // a municipality
      if (level < 2) {
        const districts = districtsOf(state.regions, state.codes[1] || city);
        if (districts.length === 1) state.codes[2] = districts[0].code;
      }
      send();
    }

    onMounted(load);
    return () => {
      if (state.failure) return html`<p class="address-place"><span>地区</span>${state.failure}<button type="button" class="chip on" onClick=${load} data-testid="retry-regions">重试</button></p>`;
      if (!state.regions) return html`<p class="address-place"><span>地区</span>正在加载…</p>`;
      const lists = [provincesOf(state.regions), citiesOf(state.regions, state.codes[0]), districtsOf(state.regions, state.codes[1])];
      return html`
        <fieldset class="regions"><legend>地区</legend>${LABELS.map((label, level) => html`
          <select key=${label} aria-label=${label} name=${`region-${level}`} disabled=${!lists[level].length} onChange=${(event) => choose(level, event.target.value)}>
            <option value="" selected=${!state.codes[level]}>${label}</option>
            ${lists[level].map(({ code, name }) => html`<option key=${code} value=${code} selected=${code === state.codes[level]}>${name}</option>`)}
          </select>`)}</fieldset>`;
    };
  },
};
