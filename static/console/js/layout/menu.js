// The menu on the left: groups of entries that the person may read and that have a page.

import { html } from "../../../m/js/html.js";
import { icon } from "../icon.js";
import { PAGES } from "../pages.js";
import { session } from "../session.js";

const { computed, reactive, watch } = window.Vue;
const { RouterLink, useRoute } = window.VueRouter;

/** The groups of the menu with the entries that have a page. */
export function shownMenu() {
  const groups = (session.me?.menu ?? []).map((group) => ({ ...group, entries: group.entries.filter(({ path }) => path in PAGES) }));
  return groups.filter(({ entries }) => entries.length);
}

/** The group and entry of a path; a detail page such as `/members/12` belongs to `/members`. */
export function findEntry(path) {
  for (const group of shownMenu()) {
    const entry = group.entries.find((one) => one.path === path || (one.path !== "/" && path.startsWith(`${one.path}/`)));
    if (entry) return { group, entry };
  }
  return null;
}

export const Menu = {
  setup() {
    const route = useRoute();
    const open = reactive({});
    const current = computed(() => findEntry(route.path));
    watch(current, (found) => found && (open[found.group.key] = true), { immediate: true });

    const link = (entry) => html`
      <${RouterLink} to=${entry.path} class=${[current.value?.entry.path === entry.path && "current"]} ariaCurrentValue="page">${entry.icon && icon(entry.icon)} ${entry.title}<//>`;

    const group = ({ key, title, icon: name, entries }) => {
      if (entries.length === 1 && entries[0].title === title) return html`<li key=${key}>${link(entries[0])}</li>`;
      return html`
        <li key=${key}>
          <button type="button" class="plain" aria-expanded=${Boolean(open[key])} onClick=${() => (open[key] = !open[key])}>
            ${icon(name)} ${title} <span class="arrow">${icon(open[key] ? "arrow-up" : "arrow-down")}</span>
          </button>
          ${open[key] && html`<ul>${entries.map((entry) => html`<li key=${entry.key}>${link({ ...entry, icon: null })}</li>`)}</ul>`}
        </li>`;
    };

    return () => html`
      <div>
        <p class="brand">${icon("shop")} <span>${session.me?.tenant.name || "商家后台"}</span></p>
        <ul class="menu">${shownMenu().map(group)}</ul>
      </div>`;
  },
};
