// The 聚合收款码 of one shop, for print.

import { html } from "../../../m/js/html.js";
import { fileUrl } from "../api.js";
import { DetailPage } from "../blocks/detail-page.js";

const image = ({ shop_code }, form) => fileUrl(`/collection-codes/${shop_code}/image`, { form, size: 1000 });

const poster = (row) => html`
  <div class="poster">
    <p class="tenant">${row.tenant}</p>
    <p class="shop">${row.shop}</p>
    <img src=${image(row, "png")} alt=${`${row.shop}的收款码`} width="300" height="300" />
    <p>微信、支付宝扫码付款</p>
  </div>`;

const TABS = [{ key: "poster", label: "收款码", render: poster }];
const FACTS = [
  { prop: "shop", label: "门店" },
  { prop: "created_at", label: "生成时间", format: "time" },
  { prop: "renewed_at", label: "更换时间", format: "time" },
  { prop: "url", label: "内容", wide: true },
];
const download = (form) => (row) => (Object.assign(document.createElement("a"), { href: image(row, form), download: "" }).click(), false);
const ACTIONS = [
  { label: "打印", primary: true, run: () => (window.print(), false) },
  { label: "下载 PNG", run: download("png") },
  { label: "下载 SVG", run: download("svg") },
];

const component = {
  props: ["params"],
  setup: ({ params }) => () => html`
    <${DetailPage} url=${`/collection-codes/${params.shop}`} title=${({ shop }) => `收款码 ${shop}`} facts=${FACTS} tabs=${TABS} actions=${ACTIONS} />`,
};

export default { title: ({ shop }) => `收款码 ${shop}`, component };
