// The columns of a list of members, and the states of a membership.

export const MEMBER_STATES = { active: ["正常", "success"], frozen: ["冻结", "warning"], closed: ["注销", "info"] };
export const MEMBER_COLUMNS = [
  { prop: "card_number", label: "卡号", phone: true, width: 165 },
  { prop: "name", label: "姓名/昵称", phone: true, minWidth: 95 },
  { prop: "phone", label: "手机", width: 120 },
  { prop: "shop", label: "归属门店", minWidth: 150 },
  { prop: "tier", label: "等级", minWidth: 75 },
  { prop: "spent_fen", label: "累计消费金额", format: "money", minWidth: 115 },
  { prop: "points_accumulated", label: "累计积分", format: "number", minWidth: 85 },
  { prop: "points_available", label: "可用积分", format: "number", minWidth: 85 },
  { prop: "joined_at", label: "开卡时间", format: "time", width: 175, sortable: true },
  { prop: "status", label: "状态", phone: true, format: "tag", tags: MEMBER_STATES, width: 75 },
];
