// 代客下单: staff enter an order for a customer, who pays later in the mini-program or in cash.

import { html } from "../../../m/js/html.js";
import { citiesOf, districtsOf, loadRegions, namesOf, provincesOf } from "../../../m/js/mall/regions.js";
import { ApiError, get, post } from "../api.js";
import { openForm } from "../blocks/form-dialog.js";
import { confirm } from "../feedback.js";
import { money, time } from "../format.js";
import { findShops } from "../options.js";
import { router } from "../router.js";
import { LinesInput } from "./lines-input.js";

const ONLINE = ["online", "顾客自己在线付款"];
const CASH = ["cash_on_delivery", "货到付款"];
const TYPED = "typed"; // an address that is not among the saved ones
const toSlot = ({ starts_at, ends_at }) => [starts_at, `${time(starts_at).slice(0, 16)}–${time(ends_at).slice(11, 16)}`];

/** Open the form, and the page of the order when it is placed. */
export async function enterOrder() {
  const known = window.Vue.reactive({ shop: null, people: [], ways: [] });
  let number = null;
  const outcome = await openForm({
    title: "代客下单", width: "760px", submitLabel: "试算并提交", success: "", note: "不使用顾客的优惠券、积分和储值。在线付款的订单会出现在顾客的小程序里，由顾客付款。",
    fields: listFields(known), submit: async (value) => (number = await submit(value)),
  });
  if (outcome === "saved") router.push(`/shop-orders/${number}`);
  return false;
}

function listFields(known) {
  const isDelivery = ({ kind }) => kind === "delivery";
  const isTyped = (typed) => isDelivery(typed) && typed.address_id === TYPED;
  const line = (prop, label, max, more) => ({ prop, label, max, required: true, half: true, when: isTyped, ...more });
  const region = (prop, label, more) => ({ prop, label, type: "select", required: true, half: true, when: isTyped, options: [], ...more });
  return [
    { prop: "member", label: "顾客", type: "select", required: true, placeholder: "输入完整的手机号或会员卡号", remote: (text) => findPeople(known, text), help: "还不是会员时，请先到会员账号中新建", onChange: (card, typed, setOptions) => chooseMember(known, card, typed, setOptions) },
    { prop: "shop", label: "门店", type: "select", required: true, remote: (text) => findShops(text, "code"), onChange: (code, typed, setOptions) => chooseShop(known, code, typed, setOptions) },
    { prop: "lines", label: "商品", type: "custom", value: [], required: true, render: (value, set) => html`<${LinesInput} shop=${known.shop} value=${value} onChanged=${set} />` },
    { prop: "kind", label: "消费方式", type: "select", required: true, half: true, options: [], onChange: (kind, typed, setOptions) => { typed.slot = null; setOptions("slot", (known.ways.find((way) => way.kind === kind)?.slots ?? []).map(toSlot)); } },
    { prop: "slot", label: "时段", type: "select", half: true, options: [], when: ({ kind }) => ["pickup", "delivery"].includes(kind), placeholder: "不指定" },
    { prop: "address_id", label: "收货地址", type: "select", required: true, options: [[TYPED, "填写其他地址"]], when: isDelivery },
    line("name", "收货人", 30), line("phone", "收货手机", 20),
    region("province", "省", { options: async () => toOptions(provincesOf(await loadRegions())), onChange: (code, typed, setOptions) => chooseProvince(code, typed, setOptions) }),
    region("city", "市", { onChange: (code, typed, setOptions) => chooseCity(code, typed, setOptions) }), region("district", "区县"), line("detail", "详细地址", 120),
    line("latitude", "纬度", 20, { placeholder: "如 31.2304", rules: [isDegree(90)], help: "用来计算配送距离和运费" }), line("longitude", "经度", 20, { placeholder: "如 121.4737", rules: [isDegree(180)] }),
    { prop: "payment_terms", label: "付款", type: "select", required: true, value: "online", options: [ONLINE] },
    { prop: "remark", label: "备注", type: "textarea", rows: 2, max: 200 },
  ];
}

const toOptions = (rows) => rows.map(({ code, name }) => [code, name]);

async function chooseProvince(code, typed, setOptions) {
  const regions = await loadRegions();
  const cities = citiesOf(regions, code);
  Object.assign(typed, { city: cities.length === 1 ? cities[0].code : null, district: null });
  setOptions("city", toOptions(cities));
  setOptions("district", toOptions(districtsOf(regions, typed.city)));
}

async function chooseCity(code, typed, setOptions) {
  typed.district = null;
  setOptions("district", toOptions(districtsOf(await loadRegions(), code)));
}

const isDegree = (most) => (text) => (text !== "" && Math.abs(Number(text)) <= most ? "" : `请填写 -${most} 至 ${most} 的数`);

async function findPeople(known, text) {
  if (text.trim().length < 6) return [];
  known.people = await get("/shop-order-entries/customers", { search: text.trim() });
  return known.people.map(({ card, name, phone }) => ({ value: card, label: [name, phone, card].filter(Boolean).join(" ") }));
}

function chooseMember(known, card, typed, setOptions) {
  const saved = known.people.find((one) => one.card === card)?.addresses ?? [];
  typed.address_id = null;
  setOptions("address_id", [...saved.map(({ id, label }) => [id, label]), [TYPED, "填写其他地址"]]);
}

async function chooseShop(known, code, typed, setOptions) {
  Object.assign(typed, { lines: [], kind: null, slot: null, payment_terms: "online" });
  known.shop = code;
  if (!code) return;
  const ways = await get("/shop-order-entries/ways", { shop: code });
  if (known.shop !== code) return;
  known.ways = ways.kinds;
  setOptions("kind", ways.kinds.map(({ kind, label }) => [kind, label]));
  setOptions("payment_terms", ways.cash_on_delivery ? [ONLINE, CASH] : [ONLINE]);
}

/** The price is shown before; an order at another price is refused. */
async function submit(value) {
  const asked = toRequest(value, value.address_id === TYPED ? namesOf(await loadRegions(), [value.province, value.city, value.district]) : []);
  const price = await post("/shop-order-entries/previews", asked);
  if (price.problems.length) throw new ApiError("refused", price.problems.join("；"));
  if (!(await confirm(describe(price), `订单金额 ${money(price.total_fen)} 元`))) throw new ApiError("cancelled", "还没有下单，请核对后再提交");
  return (await post("/shop-order-entries", { ...asked, expected_total_fen: price.total_fen })).number;
}

function toRequest({ member, shop, lines, kind, slot, address_id, payment_terms, remark, name, phone, district: region_code, detail, latitude, longitude }, [province, city, district]) {
  const address = address_id === TYPED
    ? { address: { name, phone, region_code, province, city, district, detail, latitude: Number(latitude), longitude: Number(longitude) } }
    : { address_id };
  return {
    member, shop, kind, payment_terms, remark, lines: lines.map(({ sku_id, quantity }) => ({ sku_id, quantity })), ...(slot ? { slot } : {}), ...(kind === "delivery" ? address : {}),
  };
}

function describe({ lines, discounts, freight_fen, notices, progress }) {
  const goods = lines.map(({ name, specification, quantity, goods_fen, gift }) => `${gift ? "赠品 " : ""}${name}${specification ? ` ${specification}` : ""} ×${quantity}${gift ? "" : ` ${money(goods_fen)} 元`}`);
  const off = discounts.map(({ sentence, fen }) => `${sentence}（优惠 ${money(fen)} 元）`);
  return [...goods, ...off, freight_fen > 0 && `运费 ${money(freight_fen)} 元`, ...notices, ...progress].filter(Boolean).join("；") + "。确定下单？";
}
