// The sheet on which a visitor says where to look: here, at a known place, or in a city.

import { html } from "../html.js";

const { ActionSheet, Button } = window.vant;

export const PlaceSheet = {
  props: { search: { type: Object, required: true } },
  setup({ search }) {
    const { state, find, around, inCity, options } = search;
    const close = (open) => (state.sheetOpen = open);
    return () => html`
      <${ActionSheet} show=${state.sheetOpen} title="在哪儿找门店" ...${{ "onUpdate:show": close }}>
        <div class="place-sheet" data-testid="place-sheet">
          <${Button} type="primary" block=${true} round=${true} icon="aim" onClick=${() => find()} data-testid="locate">使用当前位置<//>
          ${options.places.length > 0 && html`<h3>常用地点</h3>`}
          <div class="choices">${options.places.map((place, n) => choice(place.label, () => around({ ...place, datum: "gcj02" }), `preset-${n}`))}</div>
          ${options.cities.length > 0 && html`<h3>按城市查看</h3>`}
          <div class="choices">${options.cities.map((city, n) => choice(city, () => inCity(city), `city-${n}`))}</div>
        </div>
      <//>`;
  },
};

function choice(label, onClick, testid) {
  return html`<button key=${testid} type="button" class="chip" onClick=${onClick} data-testid=${testid}>${label}</button>`;
}
