// The phone beside the form: texts follow every key, the words of the terms come from the server a moment later.

import { html } from "../../../m/js/html.js";
import { post } from "../api.js";
import { PhonePreview } from "./phone-preview.js";
import { toTerms } from "./rule-terms.js";

const { onBeforeUnmount, reactive, toRaw, watch } = window.Vue;
const WAIT_MS = 350;
const OWN = ["name", "title", "colour", "logo_url", "picture_url", "content", "instructions", "disclaimer", "service_phone"];

export const LivePreview = {
  props: { typed: Object },
  setup(props) {
    const state = reactive({ words: {}, hint: "" });
    let timer = null;
    let asked = 0;

    async function load() {
      const mine = ++asked;
      const value = JSON.parse(JSON.stringify(toRaw(props.typed)));
      const terms = { ...toTerms(value), name: value.name || "优惠券", cost_centre: value.cost_centre || "-" };
      try {
        const { preview } = await post("/coupon-rules/previews", { terms });
        if (mine === asked) Object.assign(state, preview ? { words: preview, hint: "" } : { hint: "填写完整后更新优惠内容" });
      } catch (error) {
        if (mine === asked) state.hint = error.msg ?? "预览没有更新";
      }
    }

    function schedule() {
      clearTimeout(timer);
      timer = setTimeout(load, WAIT_MS);
    }

    watch(() => JSON.stringify(props.typed), schedule);
    onBeforeUnmount(() => clearTimeout(timer));
    load();
    const own = () => Object.fromEntries(OWN.map((name) => [name, props.typed[name] ?? ""]));
    return () => html`
      <div><${PhonePreview} shown=${{ ...state.words, ...own() }} />${state.hint && html`<p class="phone-note" role="status">${state.hint}</p>`}</div>`;
  },
};
