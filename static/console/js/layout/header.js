// The header: the button of the menu, the path of pages, the person's own menu.

import { html } from "../../../m/js/html.js";
import { del } from "../api.js";
import { fail } from "../feedback.js";
import { icon } from "../icon.js";
import { leave, router } from "../router.js";
import { session } from "../session.js";
import { findEntry } from "./menu.js";
import { openPasswordDialog } from "./password.js";

const { ElDropdown, ElDropdownItem, ElDropdownMenu } = window.ElementPlus;
const { RouterLink, useRoute } = window.VueRouter;

const OWN_MENU = [
  ["修改密码", () => openPasswordDialog()],
  ["我的登录", () => router.push("/my-sessions")],
  ["我的导出", () => router.push("/my-exports")],
  ["退出", signOut],
];

async function signOut() {
  try {
    await del("/sessions/current");
  } catch (error) {
    if (error.status !== 401) return fail(error);
  }
  leave({ returns: false });
}

export const Header = {
  props: ["title"],
  emits: ["toggle"],
  setup(props, { emit }) {
    const route = useRoute();

    function steps() {
      const found = findEntry(route.path);
      if (!found) return [{ title: props.title }];
      const { group, entry } = found;
      const groupStep = group.title === entry.title ? [] : [{ title: group.title }];
      return [...groupStep, { title: entry.title, path: entry.path }, ...(route.path === entry.path ? [] : [{ title: props.title }])];
    }

    return () => html`
      <header class="header">
        <button type="button" class="plain fold" aria-label="菜单" onClick=${() => emit("toggle")} data-testid="menu-button">${icon("fold")}</button>
        <nav aria-label="当前位置"><ol class="breadcrumb">
          ${steps().map(({ title, path }, index, all) => html`<li key=${title} aria-current=${index === all.length - 1 ? "page" : null}>${path && index < all.length - 1 ? html`<${RouterLink} to=${path}>${title}<//>` : title}</li>`)}
        </ol></nav>
        <${ElDropdown} trigger="click" onCommand=${(run) => run()} class="user">
          ${{
            default: () => html`<button type="button" class="plain user" aria-label=${`我的账号：${session.me?.nickname || session.me?.login}`} data-testid="own-menu">${icon("user")} ${session.me?.nickname || session.me?.login} ${icon("arrow-down")}</button>`,
            dropdown: () => html`<${ElDropdownMenu}>${() => OWN_MENU.map(([label, run]) => html`<${ElDropdownItem} key=${label} command=${run}>${label}<//>`)}<//>`,
          }}
        <//>
      </header>`;
  },
};
