// The fields of a product with its SKUs, and what the server gets of them.

import { html } from "../../../m/js/html.js";
import { get } from "../api.js";
import { PicturesInput } from "../blocks/pictures-input.js";
import { RichTextInput } from "../blocks/rich-text-input.js";
import { RowsEditor } from "../blocks/rows-field.js";

export const STATES = { draft: ["草稿", "info"], published: ["已上架", "success"], unpublished: ["已下架", "warning"], deleted: ["已删除", "info"] };
const SKU_COLUMNS = [
  { prop: "code", label: "规格编码", max: 40 },
  { prop: "specification_text", label: "规格值", max: 60, placeholder: "如 500g / 红色" },
  { prop: "barcode", label: "条形码", max: 14 },
  { prop: "list_price_fen", label: "零售价", type: "money" },
  { prop: "member_price_fen", label: "会员价", type: "money" },
];

const PARAMETER_COLUMNS = [{ prop: "name", label: "参数名", max: 20 }, { prop: "value", label: "参数值", max: 60 }];
const checkParameters = (rows) => (rows.some(({ name, value }) => !String(name ?? "").trim() || !String(value ?? "").trim()) ? "请填完每一行参数" : "");

let asked = null;
/** The categories in use as options, and the brands. */
export const loadChoices = () => (asked ??= get("/goods/choices").finally(() => (asked = null)));
export const listCategories = async () => (await loadChoices()).categories;
export const listBrands = async () => (await loadChoices()).brands;

const split = (text) => String(text ?? "").split("/").map((part) => part.trim()).filter(Boolean);

function checkSkus(rows, { specifications }) {
  if (!rows.length) return "请添加规格";
  if (rows.some(({ code, list_price_fen: price }) => !String(code ?? "").trim() || !Number.isInteger(price))) return "请填写每个规格的编码和零售价";
  if (rows.some(({ member_price_fen: price }) => Number.isNaN(price))) return "会员价最多两位小数";
  const names = split(specifications);
  const wrong = rows.find(({ specification_text: text }) => split(text).length !== names.length);
  return wrong ? (names.length ? `规格 ${wrong.code} 的规格值应有 ${names.length} 项（${names.join(" / ")}）` : "先填写规格名称，再填写规格值") : "";
}

const line = (prop, label, max) => ({ prop, label, max, half: true });
export const CODE = { ...line("code", "商品编码", 40), required: true, help: "字母、数字、横线或下划线，保存后不能修改" };
export const FIELDS = [
  { ...line("name", "商品名称", 100), required: true },
  { prop: "category", label: "分类", half: true, type: "select", options: listCategories, help: "没有分类的商品不能上架" },
  line("brand", "品牌", 60), line("unit", "单位", 10), line("origin", "产地", 60),
  { ...line("keywords", "搜索关键词", 200), help: "名称、拼音、首字母和条形码不用填" },
  { ...line("specifications", "规格名称", 40), placeholder: "如 净含量 / 颜色", help: "只有一个规格时不填" },
  { prop: "skus", label: "规格", type: "custom", value: [], empty: [], required: true, rules: [checkSkus], render: (value, set) => html`<${RowsEditor} columns=${SKU_COLUMNS} addLabel="添加规格" value=${value} onChanged=${set} />` },
  { prop: "is_hot", label: "热销推荐", type: "switch", half: true },
  { prop: "tags", label: "标签", type: "multi", empty: [], half: true, allowCreate: true, options: [], placeholder: "输入后按回车，最多 5 个", rules: [(tags) => (tags.length > 5 || tags.some((tag) => tag.length > 10) ? "最多 5 个标签，每个 10 个字以内" : "")] },
  { prop: "parameters", label: "商品参数", type: "custom", value: [], empty: [], rules: [checkParameters], help: "如 保质期：12 个月", render: (value, set) => html`<${RowsEditor} columns=${PARAMETER_COLUMNS} addLabel="添加参数" value=${value} onChanged=${set} />` },
  { prop: "pictures", label: "图片", type: "custom", value: [], empty: [], help: "最多 10 张，第一张为主图，建议 800×800 像素", render: (value, set) => html`<${PicturesInput} value=${value} onChanged=${set} max=${10} label="图片" />` },
  { prop: "description", label: "图文详情", type: "custom", value: "", empty: "", rules: [(text) => (text.length > 20000 ? "图文详情过长，请减少文字或格式" : "")], help: "可从网页或 Word 粘贴，文字大小和颜色会去掉", render: (value, set) => html`<${RichTextInput} value=${value} onChanged=${set} />` },
];

/** A product of the server as the form shows it. */
export const toForm = (product) => ({ ...product, category: product.category_id, specifications: product.specifications.join(" / ") });

/** What the server gets. */
export const toBody = ({ specifications, skus, ...rest }) => ({
  ...rest, specifications: split(specifications),
  skus: skus.map(({ code, barcode, specification_text: text, list_price_fen, member_price_fen }) => ({
    code: code.trim(), barcode: barcode?.trim() || null, specification: split(text), list_price_fen, member_price_fen: member_price_fen ?? null,
  })),
});
