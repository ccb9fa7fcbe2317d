// 签到设置: daily points, streak rewards, make-ups, and what a month brings.

import { html } from "../../../m/js/html.js";
import { get, post, put } from "../api.js";
import { DetailPage } from "../blocks/detail-page.js";
import { openForm } from "../blocks/form-dialog.js";
import { rowsField } from "../blocks/rows-field.js";
import { loadLoyaltyOptions } from "../loyalty/options.js";

const FACTS = [
  { label: "每日积分", render: ({ points }) => `${points} 分` },
  { label: "积分有效期", render: ({ valid_days: days }) => `${days} 天` },
  { label: "成本中心", prop: "cost_centre" },
  { label: "连续签到奖励", wide: true, render: ({ streaks }) => streaks.map(({ day, extra }) => `满 ${day} 天 +${extra} 分`).join("，") || "无" },
  { label: "补签", render: ({ enabled }) => (enabled ? "允许" : "不允许") },
  { label: "补签规则", wide: true, render: ({ enabled, days_back: back, max_per_month: most, price }) => (enabled ? `最近 ${back} 天，每月最多 ${most} 次，${price ? `每次 ${price} 分` : "不扣积分"}` : "—") },
];
const ACTIONS = [{ label: "编辑", right: "check_in_settings.edit", primary: true, run: edit }];
const TABS = [{ key: "month", label: "一个月的积分", render: ({ days }) => monthView(days) }];

const whole = (prop, label, min, max, others = {}) => ({ prop, label, type: "number", required: true, min, max, ...others });
const canMakeUp = ({ enabled }) => enabled;

const fields = (centres) => [
  whole("points", "每日积分", 0, 10_000),
  rowsField({
    prop: "streaks", label: "连续签到奖励", addLabel: "添加奖励", help: "满最长的一天后重新开始计算",
    columns: [{ prop: "day", label: "连续天数", type: "number", min: 1, max: 3650 }, { prop: "extra", label: "另加积分", type: "number", min: 0, max: 10_000 }],
  }),
  whole("valid_days", "积分有效期（天）", 1, 3650),
  { prop: "cost_centre", label: "成本中心", type: "select", options: centres },
  { prop: "enabled", label: "允许补签", type: "switch" },
  whole("days_back", "可补最近多少天", 1, 31, { when: canMakeUp }),
  whole("max_per_month", "每月最多补签次数", 1, 31, { when: canMakeUp }),
  whole("price", "每次补签扣多少积分", 0, 10_000, { when: canMakeUp, help: "0 为不扣积分" }),
];

function monthView(days) {
  const total = days.at(-1)?.total ?? 0;
  return html`
    <div>
      <p>天天签到，${days.length} 天共得 <strong>${total.toLocaleString("zh-CN")}</strong> 分。</p>
      <ol class="month" aria-label="每天得到的积分">
        ${days.map(({ streak, points, extra }) => html`<li key=${streak} class=${extra && "extra"}>第 ${streak} 天<strong>+${points + extra}</strong></li>`)}
      </ol>
    </div>`;
}

async function edit(current) {
  const { cost_centres: centres } = await loadLoyaltyOptions();
  const { days, ...value } = current;
  return openForm({
    title: "编辑签到设置", fields: fields(centres.map(({ code, name }) => [code, name])), value, previewLabel: "预览一个月",
    preview: async ({ points, streaks }) => {
      const found = await post("/check-in-settings/previews", { points, streaks });
      return () => monthView(found.days);
    },
    submit: (typed) => put("/check-in-settings", { ...value, ...typed }),
  });
}

const component = () => html`<${DetailPage} load=${() => get("/check-in-settings")} title=${() => "签到设置"} facts=${FACTS} actions=${ACTIONS} tabs=${TABS} />`;

export default { title: "签到设置", component };
