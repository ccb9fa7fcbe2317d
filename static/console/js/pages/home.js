// 主页: the entries that the person may open.

import { html } from "../../../m/js/html.js";
import { icon } from "../icon.js";
import { shownMenu } from "../layout/menu.js";
import { session } from "../session.js";

const { RouterLink } = window.VueRouter;

const component = () => html`
  <section class="card">
    <h2>${session.me?.nickname || session.me?.login}，你好</h2>
    ${shownMenu().map(({ key, title, entries }) => {
      const shown = entries.filter(({ path }) => path !== "/");
      return shown.length > 0 && html`
        <h3 key=${key} class="shortcut-head">${title}</h3>
        <ul class="shortcuts">${shown.map((entry) => html`<li key=${entry.key}><${RouterLink} to=${entry.path}>${icon(entry.icon)} ${entry.title}<//></li>`)}</ul>`;
    })}
  </section>`;

export default { title: "主页", component };
