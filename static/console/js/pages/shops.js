// 门店: the list with its filters, new shops, import and export.

import { html } from "../../../m/js/html.js";
import { fileUrl, post } from "../api.js";
import { openForm } from "../blocks/form-dialog.js";
import { openImport } from "../blocks/import-dialog.js";
import { ListPage } from "../blocks/list-page.js";
import { router } from "../router.js";
import { BASIC, choicesOf, CONTACT, HOURS, IDENTITY, PLACE, SALES, toBody } from "../shop-form.js";

export const STATES = { open: ["正常", "success"], paused: ["已暂停", "warning"], closed: ["已关店", "info"] };

const COLUMNS = [
  { prop: "name", label: "门店名称", phone: true, minWidth: 210, sortable: true },
  { prop: "code", label: "编码", width: 85, sortable: true },
  { prop: "state", label: "状态", phone: true, format: "tag", tags: STATES, width: 85 },
  { prop: "hours_text", label: "营业", minWidth: 170 },
  { prop: "city", label: "城市", width: 85, sortable: true },
  { prop: "address", label: "地址", minWidth: 130 },
  { prop: "phone", label: "电话", width: 120 },
  { prop: "created_at", label: "创建日期", format: "date", width: 110, sortable: true },
  { prop: "shop_type", label: "门店类型", width: 85 },
  { prop: "region", label: "大区", width: 65 },
];
const FILTERS = [
  { prop: "search", label: "门店", placeholder: "名称、编码、地址或电话" },
  { prop: "state", label: "状态", type: "select", options: Object.entries(STATES).map(([value, [label]]) => [value, label]) },
  { prop: "city", label: "城市", type: "select", options: choicesOf("city") },
  { prop: "region", label: "大区", type: "select", options: choicesOf("region") },
  { prop: "shop_type", label: "门店类型", type: "select", options: choicesOf("shop_type") },
  { prop: "brand", label: "品牌", type: "select", options: choicesOf("brand") },
];
export const MOVES = [
  { label: "暂停", right: "shops.edit", show: ({ state }) => state === "open", confirm: ({ name }) => `暂停后顾客找不到“${name}”，可以恢复。确定暂停？`, run: ({ id }) => post(`/shops/${id}/pause`) },
  { label: "恢复", right: "shops.edit", show: ({ state }) => state === "paused", run: ({ id }) => post(`/shops/${id}/resume`) },
  { label: "关店", right: "shops.delete", danger: true, show: ({ state }) => state !== "closed", confirm: ({ name }) => `关店后不能恢复，历史记录保留。确定关闭“${name}”？`, run: ({ id }) => post(`/shops/${id}/closure`) },
];
const TOOLS = [
  { label: "导入", icon: "upload", right: "shops.create", run: () => openImport({ title: "导入门店", url: "/shops/import", template: fileUrl("/shops/import/template"), note: "CSV 文件，第一行为列名。编码已有的门店会修改：空格不变，填 - 清空。" }) },
];

/** The new shop may be on a later page of the list, so its own page opens. */
async function create() {
  let made = null;
  const outcome = await openForm({
    title: "新开门店", width: "720px", fields: [...IDENTITY, ...PLACE, ...CONTACT, ...HOURS, ...BASIC, ...SALES],
    submit: async (value) => (made = await post("/shops", toBody(value))),
  });
  if (outcome) router.push(`/shops/${made.id}`);
  return outcome;
}

const component = () => html`
  <${ListPage} url="/shops" columns=${COLUMNS} filters=${FILTERS} rowActions=${MOVES} tools=${TOOLS} sort="code" exportKind="shops" detail=${({ id }) => `/shops/${id}`}
    create=${{ label: "新开门店", right: "shops.create", open: create }} emptyText="还没有门店" />`;

export default { title: "门店", component };
