// The frame around every page: menu, header with the path, tabs that keep their page.

import { html } from "../../../m/js/html.js";
import { readPreference, savePreference } from "../preferences.js";
import { session } from "../session.js";
import { openTab, tabs } from "../tabs.js";
import { Header } from "./header.js";
import { Menu } from "./menu.js";
import { openPasswordDialog } from "./password.js";
import { TabBar } from "./tab-bar.js";

const { ElDrawer } = window.ElementPlus;
const { KeepAlive, computed, h, onMounted, reactive, watch } = window.Vue;
const { useRoute } = window.VueRouter;
const PHONE = window.matchMedia("(max-width: 767px)");

export const Frame = {
  setup() {
    const route = useRoute();
    const state = reactive({ folded: readPreference("menu_folded", false), drawer: false });
    const current = computed(() => route.meta.page && openTab(route, route.meta.page));

    function toggle() {
      if (PHONE.matches) state.drawer = !state.drawer;
      else savePreference("menu_folded", (state.folded = !state.folded));
    }

    watch(() => route.path, () => (state.drawer = false));
    watch(() => current.value?.title, (title) => (document.title = title ? `${title} - 商家后台` : "商家后台"), { immediate: true });
    onMounted(() => session.me.must_change_password && openPasswordDialog({ forced: true }));

    return () => html`
      <div class=${["console", state.folded && "folded"]}>
        <nav class="side" aria-label="主菜单"><${Menu} /></nav>
        <div class="main">
          <${Header} title=${current.value?.title} onToggle=${toggle} />
          <${TabBar} current=${route.path} />
          <main class="page">
            ${h(KeepAlive, { include: tabs.map(({ path }) => path) }, { default: () => current.value && h(current.value.frame, { key: current.value.path }) })}
          </main>
        </div>
        <${ElDrawer} modelValue=${state.drawer} direction="ltr" size="240px" withHeader=${false} class="drawer-menu" beforeClose=${() => (state.drawer = false)} title="主菜单">
          ${{ default: () => html`<nav class="side" aria-label="主菜单"><${Menu} /></nav>` }}
        <//>
      </div>`;
  },
};
