// What is mine: card, points, check-ins, favourites; before sign-in, the way to it.

import { get } from "./api.js";
import { html } from "./html.js";
import { show, signedIn, stay } from "./here.js";
import { MyCalendar } from "./me/calendar.js";
import { card } from "./me/card.js";
import { MyFavourites } from "./me/favourites.js";
import { links } from "./me/links.js";
import { guest, stranger } from "./me/outside.js";
import { MyPoints } from "./me/points.js";
import { MyRegistration } from "./me/registration.js";
import { signOut } from "./me/sign_out.js";
import { tabs } from "./tabs.js";

const { onMounted, reactive } = window.Vue;
const { Button, Empty, Skeleton } = window.vant;

show({
  setup() {
    const state = reactive({ me: null, failure: "", out: !signedIn, turn: 0 });

    /** `turn` moves on, so that the parts below look again too. */
    async function load() {
      state.failure = "";
      try {
        state.me = await get("/api/me");
        state.turn += 1;
      } catch (refusal) {
        if (refusal.status === 401) state.out = true;
        else state.failure = refusal.message;
      }
    }

    onMounted(() => state.out || load());
    return () => html`<div class="page me"><main>${content(state, load)}</main>${tabs("me")}</div>`;
  },
});

function content({ me, failure, out, turn }, load) {
  if (out) return stay === "guest" ? guest() : stranger();
  if (failure) return trouble(failure, load);
  if (!me) return html`<section class="card"><${Skeleton} title=${true} row=${5} /></section>`;
  return html`
    <div class="me-columns">
      <div>
        ${card(me)}
        ${links()}
        ${!me.member.joined && html`<${MyRegistration} onDone=${load} />`}
        <${MyCalendar} turn=${turn} onDone=${load} />
      </div>
      <div>
        <${MyPoints} turn=${turn} />
        <${MyFavourites} />
        ${signOut()}
      </div>
    </div>`;
}

function trouble(failure, load) {
  return html`
    <${Empty} image="network" description=${failure} data-testid="trouble">
      <${Button} round=${true} type="primary" onClick=${load} data-testid="retry">重试<//>
    <//>`;
}
