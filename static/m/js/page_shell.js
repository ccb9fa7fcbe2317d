// A page of my own: it loads, tells when that fails, and shows strangers the way in.

import { html } from "./html.js";
import { mountPage, isSignedIn, stay } from "./page_context.js";
import { guestNotice, signInPrompt } from "./me/signed_out.js";
import { tabs } from "./tabs.js";

const { onMounted, reactive } = window.Vue;
const { Button, Empty, Skeleton } = window.vant;

/** `load` brings what `content` shows; `content` gets it together with a function that loads it again. */
export function mountMemberPage(name, load, content, tab = "me") {
  mountPage({
    setup() {
      const state = reactive({ data: null, failure: "", anonymous: !isSignedIn });

      async function reload() {
        state.failure = "";
        try {
          state.data = await load();
        } catch (error) {
          if (error.status === 401) state.anonymous = true;
          else state.failure = error.message;
        }
      }

      onMounted(() => state.anonymous || reload());
      return () => html`<div class=${["page", name]}><main>${renderState(state, content, reload)}</main>${tabs(tab)}</div>`;
    },
  });
}

function renderState({ data, failure, anonymous }, content, reload) {
  if (anonymous) return stay === "guest" ? guestNotice() : signInPrompt();
  if (failure) return errorView(failure, reload);
  if (!data) return html`<section class="card" data-testid="loading"><${Skeleton} title=${true} row=${5} /></section>`;
  return content(data, reload);
}

export function errorView(failure, reload) {
  return html`
    <${Empty} image="network" description=${failure} data-testid="load-error">
      <${Button} round=${true} type="primary" onClick=${reload} data-testid="retry">重试<//>
    <//>`;
}
