// 会员画像: the head with masked personal data, what can be done, and a tab for each thing that belongs to a member.

import { html } from "../../../m/js/html.js";
import { post } from "../api.js";
import { DetailPage } from "../blocks/detail-page.js";
import { money, NONE, number, text } from "../format.js";
import { memberActions } from "./member-actions.js";
import { memberTabs } from "./member-tabs.js";

const { reactive } = window.Vue;
const { RouterLink } = window.VueRouter;

const STATES = { active: ["正常", "success"], frozen: ["冻结", "warning"], closed: ["注销", "info"] };
const GENDERS = { male: "男", female: "女" };
const PERSONAL = ["name", "phone", "email", "birthday", "id_number", "address"];

const pointsOf = ({ points }) => points.map(({ name, available, accumulated }) => `${name} ${number(available)}（累计 ${number(accumulated)}）`).join("，") || NONE;
const valueOf = ({ stored_value: value }) => (value
  ? `${money(value.principal_fen + value.bonus_fen)}（本金 ${money(value.principal_fen)}，赠金 ${money(value.bonus_fen)}）${value.is_frozen ? " 已冻结" : ""}` : NONE);
const tierOf = ({ tier }) => (tier ? `${tier.name}${tier.valid_until ? `，有效至 ${tier.valid_until}` : ""}` : NONE);
const cardsOf = ({ cards }) => (cards.length
  ? cards.map(({ card_number, programme }) => html`<${RouterLink} key=${card_number} to=${`/members/${card_number}`}>${programme} ${card_number}<//> `) : NONE);

/** `clear` holds the personal data that the person has asked for. */
const factsOf = (clear) => [
  ...[["name", "姓名"], ["phone", "手机"], ["birthday", "生日"], ["email", "邮箱"]]
    .map(([prop, label]) => ({ label, render: (row) => text(clear[prop] ?? row[prop]) })),
  { label: "昵称", prop: "nickname" },
  { label: "性别", render: ({ gender }) => GENDERS[gender] ?? NONE },
  { label: "身份证号", render: (row) => text(clear.id_number ?? row.id_number) },
  { label: "地址", render: (row) => text([row.province, row.city, clear.address ?? row.address].filter(Boolean).join(" ")) },
  { label: "会员状态", prop: "status", format: "tag", tags: STATES },
  { label: "会员等级", render: tierOf },
  { label: "忠诚度计划", prop: "programme" },
  { label: "管理门店", prop: "shop" },
  { label: "入会渠道", prop: "source" },
  { label: "入会门店", prop: "joined_shop" },
  { label: "注册时间", prop: "joined_at", format: "time" },
  { label: "接收营销信息", prop: "marketing_consent", format: "yesNo" },
  { label: "累计消费额", prop: "spent_fen", format: "money" },
  { label: "交易单数", prop: "orders", format: "number" },
  { label: "平均客单价", prop: "average_order_fen", format: "money" },
  { label: "平均客件数", prop: "pieces_per_order" },
  { label: "首次购买", prop: "first_purchase_at", format: "time" },
  { label: "最近购买", prop: "latest_purchase_at", format: "time" },
  { label: "积分", render: pointsOf, wide: true },
  { label: "储值", render: valueOf },
  { label: "可用优惠券", prop: "coupons", format: "number" },
  { label: "保级累计积分", prop: "retention_points", format: "number" },
  { label: "保级消费金额", prop: "retention_spend_fen", format: "money" },
  { label: "保级消费次数", prop: "retention_purchases", format: "number" },
  { label: "升级与保级", render: ({ tier_progress: lines }) => lines.join("；") || NONE, wide: true },
  { label: "其他会员账号", render: cardsOf },
];

const titleOf = ({ card_number, display_name, closing, erased_at }) => [
  `${card_number} ${display_name}`.trim(), closing && `（已申请注销，${closing.due_day} 后生效）`, erased_at && "（个人信息已清除）",
].filter(Boolean).join("");

const component = {
  props: ["params"],
  setup({ params }) {
    const url = `/members/${params.card}`;
    const clear = reactive({});
    const facts = factsOf(clear);
    const hide = () => PERSONAL.forEach((field) => delete clear[field]);

    async function reveal() {
      Object.assign(clear, await post(`${url}/personal-data`, { fields: PERSONAL }));
      return false;
    }

    const actions = [
      { label: "看个人信息", right: "members.personal_data", show: () => !("name" in clear), confirm: "查看会记入操作日志，确定查看该会员的个人信息？", run: reveal },
      { label: "隐藏个人信息", right: "members.personal_data", show: () => "name" in clear, run: async () => (hide(), false) },
      ...memberActions(url, hide),
    ];
    const tabs = memberTabs(url, params.card);
    return () => html`<${DetailPage} url=${url} title=${titleOf} facts=${facts} actions=${actions} tabs=${tabs} />`;
  },
};

export default { title: ({ card }) => `会员 ${card}`, component };
