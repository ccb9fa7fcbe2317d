// 自定义菜单: the official accounts with the state of their menus.

import { html } from "../../../m/js/html.js";
import { ListPage } from "../blocks/list-page.js";

export const PUBLICATION_STATES = { requested: ["发布中", "warning"], live: ["成功", "success"], failed: ["失败", "danger"] };

function stateOf({ is_published, is_changed, saved_at, last }) {
  if (last?.state === "requested") return last.is_withdrawal ? "撤下中" : "发布中";
  const said = is_published ? (is_changed ? "已发布，草稿有修改" : "已发布") : saved_at ? "有草稿，未发布" : "没有菜单";
  return last?.state === "failed" ? `${said}；上次失败：${last.reason}` : said;
}

const COLUMNS = [
  { prop: "name", label: "账号", minWidth: 150, render: ({ name, kind }) => (kind === "alipay" ? `${name}（支付宝生活号）` : name) },
  { prop: "state", label: "菜单", minWidth: 200, render: stateOf },
  { prop: "saved_at", label: "草稿保存时间", format: "time", width: 180 },
  { prop: "published_at", label: "发布时间", format: "time", width: 180 },
];

const component = () => html`<${ListPage} url="/menus" columns=${COLUMNS} rowKey="account" detail=${({ account }) => `/menus/${account}`} emptyText="请先在“设置 → 渠道账号”中添加公众号或支付宝应用" />`;

export default { title: "自定义菜单", component };
