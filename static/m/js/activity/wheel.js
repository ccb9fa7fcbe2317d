// The wheel: it turns until the sector of the outcome is at the top.

import { html } from "../html.js";
import { KIND_SIGNS } from "./slots.js";

const { reactive, watch } = window.Vue;
const TURNS = 5, TURN_MS = 3200;
const isStill = window.matchMedia?.("(prefers-reduced-motion: reduce)").matches;

export const Wheel = {
  props: { slots: Array, target: Object },
  emits: ["done"],
  setup(props, { emit }) {
    const state = reactive({ degrees: 0 });

    watch(() => props.target, (target) => {
      const width = 360 / props.slots.length;
      const base = Math.ceil(state.degrees / 360) * 360 + TURNS * 360;
      state.degrees = base - width * target.slot - width / 2;
      setTimeout(() => emit("done"), isStill ? 0 : TURN_MS);
    });

    return () => html`
      <div class="wheel" data-testid="wheel" aria-hidden="true">
        <i class="wheel-pointer"></i>
        <div class="wheel-disc" style=${{ transform: `rotate(${state.degrees}deg)`, background: sectors(props.slots.length) }}>
          ${props.slots.map((slot, at) => html`
            <div key=${at} class="wheel-sector" style=${{ transform: `rotate(${(360 / props.slots.length) * (at + 0.5)}deg)` }}>
              <b>${KIND_SIGNS[slot.kind]}</b><span>${slot.name}</span>
            </div>`)}
        </div>
      </div>`;
  },
};

function sectors(count) {
  const width = 360 / count;
  const shade = (at) => (at % 2 ? "#fff" : at === count - 1 ? "var(--line)" : "var(--brand-soft)");
  return `conic-gradient(${Array.from({ length: count }, (_, at) => `${shade(at)} ${at * width}deg ${(at + 1) * width}deg`).join(", ")})`;
}
