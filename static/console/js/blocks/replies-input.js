// The replies of a keyword, a follow or a button of the menu: up to five, each a text, a card, a picture or an action.

import { html } from "../../../m/js/html.js";
import { get } from "../api.js";
import { fail } from "../feedback.js";
import { icon } from "../icon.js";
import { uploadPicture } from "../upload.js";
import { input } from "./form-fields.js";
import { move } from "./order.js";

const { ElButton, ElOption, ElSelect } = window.ElementPlus;
const { reactive } = window.Vue;
const MAX_REPLIES = 5;

const KINDS = {
  text: ["文本", [{ prop: "text", label: "文本内容", type: "textarea", max: 680, placeholder: "{brand} 会换成商家名称" }]],
  article: ["图文", [
    { prop: "title", label: "标题", max: 64 }, { prop: "description", label: "描述", type: "textarea", rows: 2, max: 300 },
    { prop: "picture_url", label: "封面", type: "picture", upload: uploadPicture }, { prop: "url", label: "链接", max: 1000, placeholder: "https:// 开头，或 / 开头的本站页面" },
  ]],
  image: ["图片素材", [{ prop: "media_id", label: "素材 media_id", max: 128, placeholder: "公众号素材库中的 media_id" }]],
  miniprogram: ["小程序卡片", [
    { prop: "title", label: "标题", max: 64 }, { prop: "appid", label: "小程序 AppID", max: 64 }, { prop: "page", label: "页面路径", max: 500, placeholder: "pages/index/index" },
    { prop: "thumb_media_id", label: "封面 media_id", max: 128 },
  ]],
  coupon: ["优惠券", [{ prop: "rule", label: "优惠券", type: "select", choices: "coupons" }]],
  draw_chance: ["抽奖次数", [{ prop: "activity", label: "抽奖活动", type: "select", choices: "activities" }]],
  check_in: ["签到", []], nearby: ["附近门店", []], newest_shops: ["最新门店", []], member: ["会员卡", []], transfer: ["转人工客服", []],
};
const NOTES = {
  coupon: "每人按券的限领张数领取；关注时，活动发放的券每人发一张。", draw_chance: "每人每天一次，回复活动卡片。关注时须在“参数设置”中允许关注得抽奖次数。",
  check_in: "为顾客签到，回复积分和连续天数。", nearby: "请顾客发送位置，回复最近的门店。", newest_shops: "回复最近新开的门店。", member: "回复会员卡的入口。", transfer: "把顾客转给人工客服。",
};

const choices = reactive({ coupons: [], activities: [], asked: false });

/** What rewards can be of, asked for when the first one is shown. */
function choicesOf(name) {
  if (!choices.asked) {
    choices.asked = true;
    get("/options/reply-targets").then((found) => Object.assign(choices, found), fail);
  }
  return choices[name];
}

const withChoices = (field) => (field.choices ? { ...field, options: choicesOf(field.choices) } : field);
const emptyReply = (type) => ({ type, ...Object.fromEntries(KINDS[type][1].map(({ prop }) => [prop, ""])) });

/** One line about replies, for lists. */
export const describeReplies = (replies) => replies.map((reply) => {
  const label = KINDS[reply.type]?.[0] ?? reply.type;
  const said = reply.text ?? reply.title ?? "";
  return said ? `${label}：${said}` : label;
}).join("；");

/** A rule of a field: what is missing, or nothing. */
export const checkReplies = (replies) => {
  const at = (replies ?? []).findIndex((reply) => (KINDS[reply.type]?.[1] ?? []).some(({ prop }) => !["description", "picture_url"].includes(prop) && !reply[prop]?.trim()));
  return at < 0 ? "" : `第 ${at + 1} 条回复没有填完`;
};

export const RepliesInput = ({ value, onChanged, label = "回复" }) => {
  const list = value ?? [];
  const replace = (index, reply) => onChanged(list.map((one, at) => (at === index ? reply : one)));
  const reply = (one, index) => html`
    <div class="reply" key=${index} data-testid="reply">
      <div class="head">
        <${ElSelect} modelValue=${one.type} ariaLabel=${`${label}第 ${index + 1} 条的类型`} ...${{ "onUpdate:modelValue": (type) => replace(index, emptyReply(type)) }}>
          ${() => Object.entries(KINDS).map(([type, [title]]) => html`<${ElOption} key=${type} value=${type} label=${title} />`)}
        <//>
        <span class="order-buttons">
          <button type="button" class="plain" aria-label=${`${label}第 ${index + 1} 条上移`} disabled=${index === 0} onClick=${() => onChanged(move(list, index, index - 1))}>${icon("arrow-up")}</button>
          <button type="button" class="plain" aria-label=${`${label}第 ${index + 1} 条下移`} disabled=${index === list.length - 1} onClick=${() => onChanged(move(list, index, index + 1))}>${icon("arrow-down")}</button>
          <button type="button" class="plain" aria-label=${`删除${label}第 ${index + 1} 条`} onClick=${() => onChanged(list.filter((_, at) => at !== index))}>${icon("delete")}</button>
        </span>
      </div>
      ${(KINDS[one.type]?.[1] ?? []).map((field) => html`
        <label class="line" key=${field.prop}><span class="label">${field.label}</span>${input(withChoices(field), one[field.prop], (changed) => replace(index, { ...one, [field.prop]: changed ?? "" }))}</label>`)}
      ${NOTES[one.type] && html`<p class="muted">${NOTES[one.type]}</p>`}
    </div>`;
  return html`
    <div class="replies-input" role="group" aria-label=${label}>
      ${list.map(reply)}
      ${list.length < MAX_REPLIES && html`<${ElButton} onClick=${() => onChanged([...list, emptyReply("text")])}>添加回复<//>`}
    </div>`;
};
RepliesInput.props = ["value", "onChanged", "label"];
