// One 商品组: its categories, and the products of its list, which can be changed until it is enabled.

import { html } from "../../../m/js/html.js";
import { get, patch, post } from "../api.js";
import { DetailPage } from "../blocks/detail-page.js";
import { openForm } from "../blocks/form-dialog.js";
import { ListPage } from "../blocks/list-page.js";
import { STATES as PRODUCT_STATES } from "../goods/product-form.js";
import { ACTIONS, FIELDS, STATES } from "./product-groups.js";

const FACTS = [
  { prop: "code", label: "组编码" }, { prop: "state", label: "状态", format: "tag", tags: STATES },
  { prop: "products", label: "商品数", format: "number" },
  { prop: "created_at", label: "创建时间", format: "time" }, { prop: "enabled_at", label: "启用时间", format: "time" },
  { prop: "category_names", label: "分类", wide: true, render: ({ category_names: names }) => names.join("、") || "未选" }, { prop: "note", label: "说明", wide: true },
];
const COLUMNS = [
  { prop: "name", label: "商品名称", phone: true, minWidth: 160, sortable: true },
  { prop: "code", label: "编码", phone: true, width: 130, sortable: true },
  { prop: "state", label: "状态", format: "tag", tags: PRODUCT_STATES, width: 90 },
  { prop: "category", label: "分类", minWidth: 120 },
];
const FILTERS = [{ prop: "search", label: "商品", placeholder: "名称或编码" }];
const isDraft = ({ state }) => state === "draft";
const split = (text) => [...new Set((text ?? "").split(/[\s,，、;；]+/).filter(Boolean))];
const findProducts = async (search) => (await get("/goods", { search, page_size: 50 })).list.map(({ id, name, code }) => ({ value: id, label: `${code} ${name}` }));

async function add(group) {
  let done = null;
  const outcome = await openForm({
    title: "添加商品", submitLabel: "添加", success: "",
    fields: [
      { prop: "ids", label: "查找商品", type: "multi", empty: [], remote: findProducts, help: "按名称、拼音、编码或条码查找，可选多个" },
      { prop: "codes", label: "或粘贴商品编码", type: "textarea", rows: 4, max: 20000, help: "用空格、逗号或换行分开，一次最多 1000 个" },
    ],
    submit: async ({ ids, codes }) => (done = await post(`/product-groups/${group.id}/products`, { ids, codes: split(codes) })),
  });
  if (!outcome) return false;
  const missing = done.missing.length ? `；没有找到：${done.missing.slice(0, 10).join("、")}${done.missing.length > 10 ? ` 等 ${done.missing.length} 个` : ""}` : "";
  return `已添加 ${done.added} 个商品${missing}`;
}

const remove = (group) => async (rows) => {
  const { removed } = await post(`/product-groups/${group.id}/products/removal`, { ids: rows.map(({ id }) => id) });
  return `已移除 ${removed} 个商品`;
};

const members = (group, reload) => {
  const removal = [{ label: "批量移除", right: "product_groups.edit", run: async (rows) => { const text = await remove(group)(rows); await reload(); return text; } }];
  return html`<${ListPage} embedded=${true} url=${`/product-groups/${group.id}/products`} columns=${COLUMNS} filters=${FILTERS} sort="code" batchActions=${isDraft(group) ? removal : []}
    detail=${({ id }) => `/goods/${id}`} emptyText="没有单独添加的商品" />`;
};
const TABS = [{ key: "products", label: "商品", render: members }];
const PAGE_ACTIONS = [
  { label: "添加商品", right: "product_groups.edit", primary: true, show: isDraft, run: add },
  { label: "编辑", right: "product_groups.edit", show: isDraft, run: (group) => openForm({ title: `编辑 ${group.name}`, fields: FIELDS, value: group, submit: (value) => patch(`/product-groups/${group.id}`, value) }) },
  ...ACTIONS,
];

export default {
  title: "商品组",
  component: {
    props: ["params"],
    setup: ({ params }) => () => html`<${DetailPage} url=${`/product-groups/${params.id}`} title=${({ name }) => name} facts=${FACTS} actions=${PAGE_ACTIONS} tabs=${TABS} />`,
  },
};
