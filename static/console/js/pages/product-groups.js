// 商品组: goods that point rules and coupons name by one code. A draft is filled, then enabled and frozen.

import { html } from "../../../m/js/html.js";
import { del, post } from "../api.js";
import { openForm } from "../blocks/form-dialog.js";
import { ListPage } from "../blocks/list-page.js";
import { listCategories } from "../goods/product-form.js";
import { choices } from "../labels.js";
import { router } from "../router.js";

export const STATES = { draft: ["未启用", "info"], enabled: ["已启用", "success"], retired: ["已停用", "warning"] };
const COLUMNS = [
  { prop: "name", label: "商品组名称", phone: true, minWidth: 150, sortable: true },
  { prop: "code", label: "组编码", width: 130, sortable: true },
  { prop: "state", label: "状态", phone: true, format: "tag", tags: STATES, width: 90 },
  { prop: "products", label: "商品数", format: "number", width: 85 },
  { prop: "category_count", label: "分类数", format: "number", width: 85 },
  { prop: "note", label: "说明", minWidth: 180 },
  { prop: "created_at", label: "创建时间", format: "time", width: 165, sortable: true },
];
const FILTERS = [
  { prop: "search", label: "商品组", placeholder: "名称或编码" },
  { prop: "state", label: "状态", type: "select", options: choices(STATES) },
];
const CODE = { prop: "code", label: "组编码", required: true, max: 40, half: true, help: "字母、数字、横线或下划线，保存后不能修改" };
const NAME = { prop: "name", label: "商品组名称", required: true, max: 30, half: true };
export const FIELDS = [
  NAME, { prop: "note", label: "说明", max: 200 },
  { prop: "categories", label: "按分类", type: "multi", options: listCategories, empty: [], help: "分类及下级分类的全部商品都在组里，以后新增的也算；单个商品保存后添加" },
];

export const ACTIONS = [
  { label: "启用", right: "product_groups.enable", show: ({ state }) => state !== "enabled", confirm: ({ name, state }) => (state === "draft" ? `启用后“${name}”不能再修改，可以复制。确定启用？` : ""), run: ({ id }) => post(`/product-groups/${id}/enabling`) },
  { label: "停用", right: "product_groups.enable", danger: true, show: ({ state }) => state === "enabled", confirm: ({ name }) => `停用后新规则不能再选“${name}”，已有规则不变。确定停用？`, run: ({ id }) => post(`/product-groups/${id}/retirement`) },
  { label: "复制", right: "product_groups.create", run: copy },
];
const ROW_ACTIONS = [
  ...ACTIONS,
  { label: "删除", right: "product_groups.delete", danger: true, confirm: ({ name }) => `确定删除商品组“${name}”？`, run: ({ id }) => del(`/product-groups/${id}`) },
];

/** The new group opens, where products are added. */
async function open(form) {
  let made = null;
  const outcome = await openForm({ ...form, submit: async (value) => (made = await form.submit(value)) });
  if (outcome) router.push(`/product-groups/${made.id}`);
  return outcome;
}

function copy({ id, name }) {
  return open({ title: `复制 ${name}`, fields: [CODE, NAME], submit: (value) => post(`/product-groups/${id}/copies`, value) });
}

const create = () => open({ title: "新建商品组", fields: [CODE, ...FIELDS], submit: (value) => post("/product-groups", value) });

const component = () => html`
  <${ListPage} url="/product-groups" columns=${COLUMNS} filters=${FILTERS} rowActions=${ROW_ACTIONS} sort="-created_at" detail=${({ id }) => `/product-groups/${id}`}
    create=${{ label: "新建商品组", right: "product_groups.create", open: create }} emptyText="还没有商品组" note="启用的商品组可用于积分规则和优惠券。" />`;

export default { title: "商品组", component };
