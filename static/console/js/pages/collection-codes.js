// 聚合收款码: the fixed code of each shop, for print.

import { html } from "../../../m/js/html.js";
import { post } from "../api.js";
import { ListPage } from "../blocks/list-page.js";

const { RouterLink } = window.VueRouter;

const FILTERS = [{ prop: "search", label: "门店", placeholder: "编号或名称" }];
const COLUMNS = [
  { prop: "shop_code", label: "门店编号", width: 130, sortable: true },
  { prop: "shop", label: "门店", phone: true, minWidth: 180 },
  { prop: "url", label: "收款码内容", minWidth: 260, render: ({ url }) => url ?? "还没有收款码" },
  { prop: "created_at", label: "生成时间", format: "time", width: 175 },
  { prop: "renewed_at", label: "更换时间", format: "time", width: 175 },
  { prop: "print", label: "打印", phone: true, width: 80, render: ({ code, shop_code }) => (code ? html`<${RouterLink} to=${`/collection-codes/${shop_code}`}>打印<//>` : "—") },
];
const ROW_ACTIONS = [
  { label: "生成", right: "collection_codes.edit", show: ({ code }) => !code, run: ({ shop_code }) => post(`/collection-codes/${shop_code}`) },
  { label: "更换", right: "collection_codes.edit", danger: true, show: ({ code }) => Boolean(code), confirm: ({ shop }) => `更换后 ${shop} 已印制的收款码立即失效。确定更换？`, run: ({ shop_code, code }) => post(`/collection-codes/${shop_code}/renewals`, { replaced_code: code }) },
];

const component = () => html`
  <${ListPage} url="/collection-codes" columns=${COLUMNS} filters=${FILTERS} rowActions=${ROW_ACTIONS} rowKey="shop_code" sort="shop_code" emptyText="没有门店" />`;

export default { title: "聚合收款码", component };
