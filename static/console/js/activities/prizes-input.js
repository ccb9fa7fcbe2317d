// The prizes of a draft: each is written in a form of its own, with the fields of its kind.

import { html } from "../../../m/js/html.js";
import { openForm } from "../blocks/form-dialog.js";
import { money } from "../format.js";
import { icon } from "../icon.js";
import { uploadPicture } from "../upload.js";
import { PRIZE_KIND_NAMES, PRIZE_KINDS, WAYS } from "./labels.js";

const { ElButton } = window.ElementPlus;
const MAX_PRIZES = 7;
const is = (kind) => (typed) => typed.kind === kind;

const fieldsOf = (rules) => [
  { prop: "name", label: "奖品名称", required: true, max: 30 },
  { prop: "kind", label: "类型", type: "select", required: true, options: PRIZE_KINDS, value: "goods" },
  { prop: "quantity", label: "数量（份）", type: "number", required: true, min: 1, max: 1_000_000 },
  { prop: "min_fen", label: "红包最小金额", type: "money", required: true, half: true, when: is("cash") },
  { prop: "max_fen", label: "红包最大金额", type: "money", required: true, half: true, help: "1 到 200 元；固定金额时两者相同。发布时按最大金额占用预算", when: is("cash") },
  { prop: "coupon_rule", label: "优惠券", type: "select", required: true, options: rules, help: "发布时占用库存", when: is("coupon") },
  { prop: "points", label: "积分", type: "number", required: true, min: 1, max: 1_000_000, when: is("points") },
  { prop: "points_valid_days", label: "积分有效期（天）", type: "number", required: true, min: 1, max: 3650, value: 365, when: is("points") },
  { prop: "value_fen", label: "价值", type: "money", required: true, help: "每份的市场价，最高奖不超过 50,000 元", when: is("goods") },
  { prop: "ways", label: "领取方式", type: "multi", required: true, options: WAYS, value: ["delivery", "shop"], when: is("goods") },
  { prop: "picture_url", label: "图片", type: "picture", upload: uploadPicture },
];

const describe = (prize, rules) => ({
  cash: () => (prize.min_fen === prize.max_fen ? `${money(prize.max_fen)} 元` : `${money(prize.min_fen)}–${money(prize.max_fen)} 元`),
  coupon: () => rules.find(({ value }) => value === prize.coupon_rule)?.label ?? "优惠券",
  points: () => `${prize.points} 积分`,
  goods: () => `价值 ${money(prize.value_fen)} 元`,
})[prize.kind]();

export const PrizesInput = {
  props: { value: Array, rules: Array },
  emits: ["changed"],
  setup(props, { emit }) {
    const list = () => props.value ?? [];
    const keep = (at, prize) => emit("changed", list().map((one, place) => (place === at ? prize : one)));
    const remove = (at) => emit("changed", list().filter((_, place) => place !== at));

    const write = (title, value, save) => openForm({ title, fields: fieldsOf(props.rules), value, submitLabel: "确定", success: "", submit: async (typed) => save(withoutEmpty(typed)) });
    const add = () => write("添加奖品", null, (prize) => emit("changed", [...list(), prize]));

    return () => html`
      <div class="rows-field">
        ${list().map((prize, at) => html`
          <div class="row" key=${at} data-testid="prize-row">
            <span><b>${prize.name}</b>（${PRIZE_KIND_NAMES[prize.kind]}，${describe(prize, props.rules)}）× ${prize.quantity}</span>
            <${ElButton} link=${true} type="primary" onClick=${() => write(`编辑 ${prize.name}`, prize, (next) => keep(at, next))}>编辑<//>
            <button type="button" class="plain" aria-label=${`删除 ${prize.name}`} onClick=${() => remove(at)}>${icon("delete")}</button>
          </div>`)}
        ${list().length < MAX_PRIZES && html`<${ElButton} onClick=${add} data-testid="add-prize">${icon("plus")} 添加奖品<//>`}
      </div>`;
  },
};

const withoutEmpty = (typed) => Object.fromEntries(Object.entries(typed).filter(([, value]) => value !== null));
