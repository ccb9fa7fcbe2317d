// 激活码: plastic cards of the stock with their codes. The codes themselves are not shown anywhere.

import { html } from "../../../m/js/html.js";
import { fileUrl } from "../api.js";
import { openForm } from "../blocks/form-dialog.js";
import { openImport } from "../blocks/import-dialog.js";
import { ListPage } from "../blocks/list-page.js";
import { choices } from "../labels.js";
import { linkTo } from "../links.js";
import { listKinds } from "./physical-cards.js";

const STATES = { open: ["未使用", "info"], used: ["已使用", "success"] };
const FILTERS = [
  { prop: "search", label: "卡号", placeholder: "实体卡号" },
  { prop: "state", label: "状态", type: "select", options: choices(STATES) },
  { prop: "kind", label: "卡种", type: "select", options: listKinds },
  { prop: "imported", label: "导入日期", type: "dates" },
];
const COLUMNS = [
  { prop: "number", label: "实体卡号", phone: true, minWidth: 180 },
  { prop: "kind", label: "卡种", minWidth: 100 },
  { prop: "state", label: "状态", phone: true, format: "tag", tags: STATES, width: 95 },
  { prop: "imported_at", label: "导入时间", format: "time", width: 175, sortable: true },
  { prop: "operator", label: "导入人", width: 110 },
  { prop: "used_at", label: "激活时间", format: "time", width: 175, sortable: true },
  { prop: "card_number", label: "会员卡号", width: 175, render: ({ card_number }) => linkTo(`/service-desk/${card_number}`, card_number) },
];
const TOOLS = [{ label: "导入", icon: "upload", right: "activation_codes.create", run: importCodes }];

/** First the kind of the cards, then the file. */
async function importCodes() {
  let chosen = null;
  const outcome = await openForm({
    title: "导入激活码", submitLabel: "下一步", success: "", fields: [{ prop: "kind", label: "卡种", type: "select", required: true, options: listKinds }],
    submit: async ({ kind }) => (chosen = kind),
  });
  if (!outcome) return false;
  return openImport({
    title: "导入激活码", url: "/activation-codes/import", params: { kind: chosen }, accept: ".xlsx,.csv,.txt", template: fileUrl("/activation-codes/template"), unit: "张卡",
    note: "Excel（.xlsx）或 CSV 文件，第一行为列名：卡号、激活码（6 位数字）、确认是卡号（可省略）。Excel 中请把卡号和激活码设为文本。有错误的行时整份不导入。",
  });
}

const component = () => html`
  <${ListPage} url="/activation-codes" columns=${COLUMNS} filters=${FILTERS} tools=${TOOLS} rowKey="id" sort="-imported_at" exportKind="activation_codes" emptyText="没有符合条件的激活码" />`;

export default { title: "激活码", component };
