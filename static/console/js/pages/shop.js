// One shop: its facts, hours, place on the map and pictures, each edited by itself.

import { html } from "../../../m/js/html.js";
import { patch } from "../api.js";
import { DetailPage } from "../blocks/detail-page.js";
import { openForm } from "../blocks/form-dialog.js";
import { BASIC, CONTACT, HOURS, LOOKS, mapUrl, PLACE, SALES, TEMPLATES, toBody, toPlace } from "../shop-form.js";
import { MOVES, STATES } from "./shops.js";

const LABELS = Object.fromEntries(TEMPLATES);
const FACTS = [
  { prop: "code", label: "编码" }, { prop: "state", label: "状态", format: "tag", tags: STATES }, { prop: "hours_text", label: "现在" },
  ...[...CONTACT, ...BASIC].map(({ prop, label }) => ({ prop, label, wide: prop === "address" })),
  { label: "位置", render: (shop) => html`${toPlace(shop)} <a href=${mapUrl(shop)} target="_blank" rel="noopener noreferrer">在地图中查看</a>` },
  ...SALES.map(({ prop, label }) => ({ prop, label, format: "yesNo" })),
  { prop: "created_at", label: "创建时间", format: "time" },
];

const edit = (title, fields, width = "640px") => (shop) => openForm({
  title: `${title} ${shop.name}`, fields, width, value: { ...shop, place: toPlace(shop) }, submit: (value) => patch(`/shops/${shop.id}`, toBody(value)),
});

const ACTIONS = [
  { label: "编辑资料", right: "shops.edit", primary: true, run: edit("编辑资料", [...CONTACT, ...PLACE, ...BASIC, ...SALES]) },
  { label: "营业时间", right: "shops.edit", run: edit("营业时间", HOURS, "720px") },
  { label: "图片与介绍", right: "shops.edit", run: edit("图片与介绍", LOOKS, "720px") },
  ...MOVES,
];

const gallery = (urls, label) => html`
  <ul class="gallery">${urls.map((url, index) => html`<li key=${url}><a href=${url} target="_blank" rel="noopener noreferrer"><img src=${url} alt=${`${label} ${index + 1}`} loading="lazy" /></a></li>`)}</ul>`;

const hours = ({ week_text, holidays_text }) => html`
  <dl class="facts">
    <div class="fact wide"><dt>每周</dt><dd>${week_text || "未设置"}</dd></div>
    <div class="fact wide"><dt>节假日</dt><dd>${holidays_text || "未设置"}</dd></div>
  </dl>`;

const looks = ({ logo_url, pictures, advertisements, description, introduction, template }) => html`
  <div>
    <dl class="facts">
      <div class="fact"><dt>页面模板</dt><dd>${LABELS[template]}</dd></div>
      <div class="fact wide"><dt>说明</dt><dd>${description || "—"}</dd></div>
      <div class="fact wide"><dt>介绍</dt><dd class="lines">${introduction || "—"}</dd></div>
    </dl>
    ${[["标志", logo_url ? [logo_url] : []], ["照片", pictures], ["广告图", advertisements.map(({ picture }) => picture)]].map(([label, urls]) => html`
      <div key=${label}><h3 class="part-head">${label}</h3>${urls.length ? gallery(urls, label) : html`<p class="muted">没有${label}</p>`}</div>`)}
  </div>`;

const TABS = [
  { key: "hours", label: "营业时间", render: hours },
  { key: "looks", label: "图片与介绍", render: looks },
];

export default {
  title: "门店",
  component: {
    props: ["params"],
    setup: (props) => () => html`<${DetailPage} url=${`/shops/${props.params.id}`} title=${({ name }) => name} facts=${FACTS} actions=${ACTIONS} tabs=${TABS} />`,
  },
};
