// Columns, filters and facts of message records, for their pages and for the member's page.

import { get } from "../api.js";
import { linkToMember } from "../links.js";

export const STATES = {
  pending: ["未发送", "info"], sending: ["发送中", "primary"], sent: ["发送成功", "success"], delivered: ["送达", "success"],
  failed: ["发送失败", "danger"], perhaps_sent: ["可能已发送", "warning"], skipped: ["已跳过", "warning"],
};
const readOptions = (name) => () => get("/messages/options").then((found) => found[name]);

const TITLE = { prop: "title", label: "主题", minWidth: 130 };
const STATE = { prop: "state", label: "发送状态", format: "tag", tags: STATES, width: 110, sortable: true };
const SENT_AT = { prop: "sent_at", label: "发送时间", format: "time", width: 175, sortable: true };
const CREATED_AT = { prop: "created_at", label: "创建时间", format: "time", width: 175, sortable: true };
const REASON = { prop: "reason", label: "状态描述", minWidth: 150 };
const TEXT = { prop: "text", label: "发送内容", minWidth: 240 };
const CUSTOMER = { prop: "customer", label: "客户", width: 100 };
const CARD = { prop: "card_number", label: "会员账号", width: 165, render: ({ card_number: card }) => linkToMember(card) };
const PURPOSE = { prop: "purpose", label: "业务类型", width: 90 };
const TEMPLATE = { prop: "template_name", label: "模板名称", minWidth: 120 };
const MEDIUM = { prop: "medium_label", label: "消息类型", width: 135 };

export const COLUMNS = {
  sms: [TITLE, PURPOSE, TEMPLATE, CUSTOMER, { prop: "address", label: "手机号码", width: 125 }, SENT_AT, STATE, REASON, TEXT],
  wechat: [
    TITLE, { prop: "platform_template", label: "模板ID", minWidth: 130 }, { prop: "address", label: "openID", width: 115 }, CARD, CUSTOMER, SENT_AT, STATE, REASON,
    TEMPLATE, { prop: "channel", label: "渠道", minWidth: 120 }, MEDIUM, { prop: "path", label: "页面", minWidth: 120 }, TEXT,
  ],
  email: [TITLE, PURPOSE, CUSTOMER, CARD, { prop: "address", label: "邮箱", width: 170 }, SENT_AT, STATE, REASON, TEXT],
  site: [TITLE, PURPOSE, CUSTOMER, CARD, CREATED_AT, { prop: "read_at", label: "阅读时间", format: "time", width: 175 }, { prop: "path", label: "页面", minWidth: 120 }, TEXT],
};
export const MEMBER_COLUMNS = [CREATED_AT, MEDIUM, TITLE, STATE, REASON, SENT_AT, TEXT];

const SEARCHES = { sms: ["手机号码", "完整手机号"], wechat: ["主题", "主题或完整 openID"], email: ["邮箱", "完整邮箱或主题"], site: ["主题", "主题的一部分"] };
const STATE_FILTER = { prop: "state", label: "状态", type: "select", options: readOptions("states") };
const KIND_FILTER = { prop: "kind", label: "消息", type: "select", options: readOptions("kinds") };
const DAY_FILTER = { prop: "created", label: "创建日期", type: "dates" };
const MEDIUM_FILTER = { prop: "medium", label: "消息类型", type: "select", options: readOptions("media") };

export const MEMBER_FILTERS = [STATE_FILTER, KIND_FILTER];
export const FILTERS = Object.fromEntries(Object.entries(SEARCHES).map(([group, [label, placeholder]]) => [group, [
  { prop: "search", label, placeholder, private: true }, ...(group === "site" ? [] : [STATE_FILTER]), KIND_FILTER, ...(group === "wechat" ? [MEDIUM_FILTER] : []), DAY_FILTER,
]]));

export const FACTS = [
  { label: "主题", prop: "title" },
  { label: "消息", prop: "kind" },
  { label: "业务类型", prop: "purpose" },
  { label: "消息类型", prop: "medium_label" },
  { label: "发送状态", prop: "state", format: "tag", tags: STATES },
  { label: "状态描述", prop: "reason" },
  { label: "客户", prop: "customer" },
  { label: "会员账号", render: ({ card_number: card }) => linkToMember(card) },
  { label: "接收地址", prop: "address" },
  { label: "渠道", prop: "channel" },
  { label: "模板名称", prop: "template_name" },
  { label: "模板ID", prop: "platform_template" },
  { label: "页面", prop: "path" },
  { label: "失败次数", prop: "attempts", format: "number" },
  { label: "创建时间", prop: "created_at", format: "time" },
  { label: "发送时间", prop: "sent_at", format: "time" },
  { label: "送达时间", prop: "delivered_at", format: "time" },
  { label: "阅读时间", prop: "read_at", format: "time" },
  { label: "编号", prop: "number" },
  { label: "发送内容", prop: "text", wide: true },
];
