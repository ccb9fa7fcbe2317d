// One point entry: what it refers to, and from which lots it took or who took from its own (积分关系).

import { html } from "../../../m/js/html.js";
import { DetailPage } from "../blocks/detail-page.js";
import { NONE, time } from "../format.js";
import { signed } from "./point-entries.js";

const { RouterLink } = window.VueRouter;
const { ElEmpty } = window.ElementPlus;

const FACTS = [
  { label: "会员账号", render: ({ card_number, name }) => html`<${RouterLink} to=${`/members/${card_number}`}>${card_number} ${name}<//>` },
  { label: "积分组", prop: "group" },
  { label: "操作类型", prop: "label" },
  { label: "变动值", render: ({ value }) => signed(value) },
  { label: "可用余额", prop: "remaining", format: "number" },
  { label: "是否可升级", prop: "upgrade_eligible", format: "yesNo" },
  { label: "时间", prop: "at", format: "time" },
  { label: "生效时间", prop: "effective_at", format: "time" },
  { label: "失效时间", prop: "expires_at", format: "time" },
  { label: "来源", prop: "source" },
  { label: "积分规则", prop: "rule" },
  { label: "多倍积分", prop: "multiplier" },
  { label: "成本中心", prop: "cost_centre" },
  { label: "交易单", prop: "order_number" },
  { label: "交易单商品行", prop: "order_line" },
  { label: "优惠券", prop: "coupon" },
  { label: "冲回的记录", render: ({ reverses }) => (reverses ? html`<${RouterLink} to=${`/point-entries/${reverses}`}>${reverses}<//>` : NONE) },
  { label: "操作人", prop: "operator" },
  { label: "说明", prop: "reason", wide: true },
];

const relations = (lines, emptyText) => (lines.length ? html`
  <div class="table-box" tabindex="0" role="region" aria-label="积分关系"><table class="plain">
    <thead><tr><th scope="col">编号</th><th scope="col">操作类型</th><th scope="col">时间</th><th scope="col" class="number">积分值</th></tr></thead>
    <tbody>${lines.map(({ id, label, at, value }, index) => html`
      <tr key=${index}><td><${RouterLink} to=${`/point-entries/${id}`}>${id}<//></td><td>${label}</td><td>${time(at)}</td><td class="number">${signed(value)}</td></tr>`)}</tbody>
  </table></div>` : html`<${ElEmpty} description=${emptyText} imageSize=${80} />`);

const TABS = [
  { key: "sources", label: "取自（源积分）", render: ({ sources }) => relations(sources, "没有动用其他积分") },
  { key: "uses", label: "用于（目标积分）", render: ({ uses }) => relations(uses, "还没有被使用") },
];

const component = {
  props: ["params"],
  setup: ({ params }) => () => html`
    <${DetailPage} url=${`/point-entries/${params.id}`} title=${({ id }) => `积分记录 ${id}`} facts=${FACTS} tabs=${TABS} />`,
};

export default { title: ({ id }) => `积分记录 ${id}`, component };
