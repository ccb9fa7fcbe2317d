// A page of my own: it loads, tells when that fails, and shows strangers the way in.

import { html } from "./html.js";
import { show, signedIn, stay } from "./here.js";
import { guest, stranger } from "./me/outside.js";
import { tabs } from "./tabs.js";

const { onMounted, reactive } = window.Vue;
const { Button, Empty, Skeleton } = window.vant;

/** `load` brings what `content` shows; `content` gets it together with a function that loads it again. */
export function showMine(name, load, content) {
  show({
    setup() {
      const state = reactive({ told: null, failure: "", out: !signedIn });

      async function again() {
        state.failure = "";
        try {
          state.told = await load();
        } catch (refusal) {
          if (refusal.status === 401) state.out = true;
          else state.failure = refusal.message;
        }
      }

      onMounted(() => state.out || again());
      return () => html`<div class=${["page", name]}><main>${inside(state, content, again)}</main>${tabs("me")}</div>`;
    },
  });
}

function inside({ told, failure, out }, content, again) {
  if (out) return stay === "guest" ? guest() : stranger();
  if (failure) return trouble(failure, again);
  if (!told) return html`<section class="card" data-testid="waiting"><${Skeleton} title=${true} row=${5} /></section>`;
  return content(told, again);
}

export function trouble(failure, again) {
  return html`
    <${Empty} image="network" description=${failure} data-testid="trouble">
      <${Button} round=${true} type="primary" onClick=${again} data-testid="retry">重试<//>
    <//>`;
}
