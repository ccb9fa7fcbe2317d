// 配送设置: which ways each shop offers, its zones with fee and minimum, its time slots, and a trial of the fee.

import { html } from "../../../m/js/html.js";
import { get, put } from "../api.js";
import { openForm } from "../blocks/form-dialog.js";
import { ListPage } from "../blocks/list-page.js";
import { rowsField } from "../blocks/rows-field.js";
import { money } from "../format.js";

const { ElMessageBox } = window.ElementPlus;
const FILTERS = [{ prop: "search", label: "门店", placeholder: "名称或编码" }];
const COLUMNS = [
  { prop: "name", label: "门店", phone: true, minWidth: 180 },
  { prop: "code", label: "编码", width: 110 },
  { prop: "ways", label: "已开通", phone: true, minWidth: 220 },
  { prop: "reach_m", label: "配送范围", width: 110, render: ({ reach_m }) => (reach_m ? `${reach_m / 1000} 公里` : "—") },
  { prop: "minimum_fen", label: "起送金额", format: "money", width: 110 },
  { prop: "fee_fen", label: "运费", format: "money", width: 100 },
];
const SWITCHES = [["pickup_on", "到店自提"], ["delivery_on", "送货上门"], ["dine_in_on", "堂食"], ["takeaway_on", "外带"], ["cash_on_delivery_on", "货到付款"]];
const whole = (prop, label, min, max, help) => ({ prop, label, type: "number", required: true, min, max, help });
const ACTIONS = [{ label: "设置", right: "delivery.edit", run: edit }, { label: "试算运费", right: "delivery.read", run: tryOut }];

function edit(row) {
  return openForm({
    title: `配送设置 · ${row.name}`, width: "760px", value: row,
    fields: [
      ...SWITCHES.map(([prop, label]) => ({ prop, label, type: "switch" })),
      rowsField({
        prop: "zones", label: "配送范围", addLabel: "添加一圈", help: "按到门店的直线距离，从近到远；不免运费时满免填 0",
        columns: [
          { prop: "up_to_metres", label: "米以内", type: "number", min: 100, max: 100000 }, { prop: "fee_fen", label: "运费", type: "money" },
          { prop: "minimum_fen", label: "起送", type: "money" }, { prop: "free_from_fen", label: "满免", type: "money" },
        ],
      }),
      whole("lead_minutes", "最早提前（分钟）", 0, 2880, "下单后多久才能取货或送达"), whole("slot_minutes", "每个时段（分钟）", 15, 480, "时段按营业时间生成"),
      whole("slot_capacity", "每个时段最多订单", 1, 10000), whole("days_ahead", "可预约未来几天", 0, 14),
    ],
    submit: (value) => put(`/delivery/${row.code}`, toRequest(value)),
  });
}

const NAMES = ["lead_minutes", "slot_minutes", "slot_capacity", "days_ahead", ...SWITCHES.map(([prop]) => prop)];
const toRequest = (value) => ({
  ...Object.fromEntries(NAMES.map((name) => [name, value[name]])),
  zones: value.zones.map((zone) => ({ ...zone, free_from_fen: zone.free_from_fen || null })),
});

function tryOut({ code, name }) {
  return openForm({
    title: `试算运费 · ${name}`, submitLabel: "试算", success: "",
    fields: [{ prop: "latitude", label: "纬度", required: true, placeholder: "如 31.2304" }, { prop: "longitude", label: "经度", required: true, placeholder: "如 121.4737" }],
    submit: async ({ latitude, longitude }) => {
      const found = await get(`/delivery/${code}/quotes`, { latitude, longitude });
      const free = found.free_from_fen === null ? "" : `，满 ${money(found.free_from_fen)} 元免运费`;
      await ElMessageBox.alert(`距门店 ${found.distance_m} 米：运费 ${money(found.fee_fen)} 元，${money(found.minimum_fen)} 元起送${free}。`, "试算结果", { confirmButtonText: "知道了" });
    },
  });
}

const component = () => html`<${ListPage} url="/delivery" columns=${COLUMNS} filters=${FILTERS} rowActions=${ACTIONS} rowKey="code" emptyText="没有符合条件的门店" />`;

export default { title: "配送设置", component };
