// What is shown in place of a page that does not exist or may not be seen.

import { html } from "../../../m/js/html.js";

const { ElEmpty } = window.ElementPlus;
const { RouterLink } = window.VueRouter;

const notice = (text) => () => html`<section class="card"><${ElEmpty} description=${text}><${RouterLink} to="/">回到主页<//><//></section>`;

export default { title: "页面不存在", component: notice("没有这个页面") };
export const forbidden = { title: "没有权限", component: notice("没有权限，请联系管理员") };
