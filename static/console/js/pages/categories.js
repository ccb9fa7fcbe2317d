// 商品分类: the tree of up to three levels, as a list with paths.

import { html } from "../../../m/js/html.js";
import { del, patch, post } from "../api.js";
import { openForm } from "../blocks/form-dialog.js";
import { ListPage } from "../blocks/list-page.js";
import { listCategories } from "../goods/product-form.js";

const LEVELS = { 1: "一级", 2: "二级", 3: "三级" };
const COLUMNS = [
  { prop: "path", label: "分类", phone: true, minWidth: 220 },
  { prop: "code", label: "分类编码", width: 150 },
  { prop: "level", label: "分类类型", width: 95, render: ({ level }) => LEVELS[level] },
  { prop: "products", label: "商品数", phone: true, format: "number", width: 85 },
  { prop: "sort_order", label: "排序", format: "number", width: 75 },
  { prop: "warning_at", label: "预警值", format: "number", width: 85 },
  { prop: "source", label: "来源", width: 100 },
  { prop: "is_retired", label: "状态", format: "tag", tags: { false: ["正常", "success"], true: ["已停用", "info"] }, width: 85 },
];
const FILTERS = [
  { prop: "search", label: "分类", placeholder: "名称或编码" },
  { prop: "retired", label: "范围", type: "select", options: [["true", "含已停用"]] },
];
const NAME = { prop: "name", label: "分类名称", required: true, max: 30 };
const ORDER = { prop: "sort_order", label: "排序", type: "number", required: true, min: 0, max: 9999, value: 0, help: "小的在前" };
const WARNING = { prop: "warning_at", label: "预警值", type: "number", min: 0, max: 100000000, help: "分类商品的可用库存低于此数就预警，不填则按上级分类或参数设置" };
const SOURCE = { prop: "source", label: "来源", max: 30 };
const ROW_ACTIONS = [
  { label: "编辑", right: "categories.edit", run: (row) => openForm({ title: `编辑分类 ${row.code}`, fields: [NAME, ORDER, WARNING, SOURCE], value: row, submit: (value) => patch(`/categories/${row.id}`, value) }) },
  { label: "添加下级", right: "categories.create", show: ({ level, is_retired: retired }) => level < 3 && !retired, run: (row) => create(row.id) },
  { label: "停用", right: "categories.delete", danger: true, show: ({ is_retired: retired }) => !retired, confirm: ({ name }) => `停用后顾客看不到分类“${name}”，也不能再选它，可以恢复。确定停用？`, run: ({ id }) => post(`/categories/${id}/retirement`) },
  { label: "启用", right: "categories.delete", show: ({ is_retired: retired }) => retired, run: ({ id }) => del(`/categories/${id}/retirement`) },
];

function create(parent = null) {
  return openForm({
    title: "新建分类",
    fields: [
      { prop: "parent", label: "上级分类", type: "select", options: listCategories, value: parent, help: "不选则为一级分类，最多三级" },
      { prop: "code", label: "分类编码", required: true, max: 40, help: "保存后不能修改" }, NAME, ORDER, WARNING, SOURCE,
    ],
    submit: (value) => post("/categories", value),
  });
}

const component = () => html`
  <${ListPage} url="/categories" columns=${COLUMNS} filters=${FILTERS} rowActions=${ROW_ACTIONS} create=${{ label: "新建分类", right: "categories.create", open: () => create() }} emptyText="还没有分类" />`;

export default { title: "商品分类", component };
