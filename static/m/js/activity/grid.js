// The nine-grid: a light runs around the eight places and stops at the outcome.

import { html } from "../html.js";
import { KIND_SIGNS } from "./slots.js";

const { onUnmounted, reactive, watch } = window.Vue;
const ROUNDS = 3, STEP_MS = 90;
const isStill = window.matchMedia?.("(prefers-reduced-motion: reduce)").matches;

export const Grid = {
  props: { slots: Array, target: Object },
  emits: ["done"],
  setup(props, { emit }) {
    const state = reactive({ lit: -1 });
    let timer = null;

    watch(() => props.target, ({ slot }) => {
      let left = isStill ? 0 : ROUNDS * props.slots.length + slot - state.lit;
      if (isStill) state.lit = slot;
      clearInterval(timer);
      timer = setInterval(() => {
        if (left <= 0) {
          clearInterval(timer);
          return emit("done");
        }
        left -= 1;
        state.lit = (state.lit + 1) % props.slots.length;
      }, STEP_MS);
    });
    onUnmounted(() => clearInterval(timer));

    return () => html`
      <div class="nine-grid" data-testid="grid" aria-hidden="true">
        ${props.slots.map((slot, at) => html`
          <div key=${at} class=${["grid-place", `place-${at}`, { lit: at === state.lit }]}><b>${KIND_SIGNS[slot.kind]}</b><span>${slot.name}</span></div>`)}
        <div class="grid-middle">抽奖</div>
      </div>`;
  },
};
