// 待升级会员: members whose tier is above the kind of their plastic card.

import { html } from "../../../m/js/html.js";
import { ListPage } from "../blocks/list-page.js";
import { MEMBER_COLUMNS } from "./physical-cards.js";

const FILTERS = [{ prop: "search", label: "会员", placeholder: "卡号、手机或姓名", private: true }];
const COLUMNS = [
  { ...MEMBER_COLUMNS[0], phone: true }, MEMBER_COLUMNS[1],
  { prop: "tier", label: "现等级", phone: true, minWidth: 100 },
  { prop: "number", label: "实体卡号", minWidth: 180 },
  { prop: "kind", label: "卡种", minWidth: 100 },
  MEMBER_COLUMNS[2],
  { prop: "issued_at", label: "发卡时间", format: "time", width: 175, sortable: true },
];
const component = () => html`
  <${ListPage} url="/card-upgrades" columns=${COLUMNS} filters=${FILTERS} rowKey="number" sort="-issued_at" exportKind="card_upgrades" note="等级已高于实体卡的会员，到店时在会员服务台换卡。" emptyText="没有待升级的会员" />`;

export default { title: "待升级会员", component };
