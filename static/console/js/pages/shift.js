// One 交班单, for print.

import { html } from "../../../m/js/html.js";
import { DetailPage } from "../blocks/detail-page.js";
import { difference } from "../shifts.js";
import { STATES } from "./shifts.js";

const FACTS = [
  { prop: "shop", label: "门店" },
  { prop: "terminal", label: "收银台" },
  { prop: "state", label: "状态", format: "tag", tags: STATES },
  { prop: "cashier", label: "开班收银员" },
  { prop: "opened_at", label: "开班时间", format: "time" },
  { prop: "closed_by", label: "交班收银员" },
  { prop: "closed_at", label: "交班时间", format: "time" },
  { prop: "opening_fen", label: "备用金", format: "money" },
  { prop: "sales_fen", label: "现金销售", format: "money" },
  { prop: "top_ups_fen", label: "现金充值", format: "money" },
  { prop: "refunds_fen", label: "现金退款", format: "money" },
  { prop: "expected_fen", label: "应有现金", format: "money" },
  { prop: "counted_fen", label: "实点现金", format: "money" },
  { label: "长短款", render: difference },
];
const ACTIONS = [{ label: "打印", run: () => (window.print(), false) }];

const component = {
  props: ["params"],
  setup: ({ params }) => () => html`
    <${DetailPage} url=${`/shifts/${params.id}`} title=${({ terminal }) => `交班单 ${terminal}`} facts=${FACTS} actions=${ACTIONS} />`,
};

export default { title: "交班单", component };
