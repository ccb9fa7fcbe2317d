// The fields of a shop, in the parts in which they are edited, and its place on a map.

import { html } from "../../m/js/html.js";
import { get } from "./api.js";
import { checkHolidays, checkHours, HolidaysInput, HoursInput } from "./blocks/hours-input.js";
import { AdvertisementsInput, PicturesInput } from "./blocks/pictures-input.js";
import { uploadPicture } from "./upload.js";

const PICKER = "https://lbs.amap.com/tools/picker";
const DATUMS = [["gcj02", "高德、腾讯地图"], ["bd09", "百度地图"], ["wgs84", "GPS"]];
export const TEMPLATES = [["general", "百货"], ["fashion", "服饰"], ["fresh", "生鲜"], ["liquor", "酒水"], ["catering", "餐饮"]];

/** The place in a map that any browser opens. Positions are GCJ-02, as that map has them. */
export const mapUrl = ({ lng, lat, name }) => `https://uri.amap.com/marker?${new URLSearchParams({ position: `${lng},${lat}`, name, coordinate: "gaode" })}`;

const parsePlace = (text) => (/^\s*(-?\d{1,3}(?:\.\d+)?)\s*[,，\s]\s*(-?\d{1,2}(?:\.\d+)?)\s*$/.exec(text ?? "") ?? []).slice(1).map(Number);
const line = (prop, label, max) => ({ prop, label, max, half: true });

export const IDENTITY = [
  { prop: "code", label: "门店编码", half: true, required: true, max: 40, help: "字母、数字、横线或下划线，保存后不能修改", rules: [(text) => (/^[A-Za-z0-9][A-Za-z0-9_-]*$/.test(text.trim()) ? "" : "应以字母或数字开头，只含字母、数字、横线和下划线")] },
  { prop: "name", label: "门店名称", half: true, required: true, max: 60, help: "保存后不能修改" },
];
export const PLACE = [
  { prop: "place", label: "位置（经度,纬度）", half: true, required: true, max: 40, placeholder: "121.473700,31.230400", rules: [(text) => (parsePlace(text).length ? "" : "应写成“经度,纬度”，如 121.473700,31.230400")],
    help: html`在<a href=${PICKER} target="_blank" rel="noopener noreferrer">高德坐标拾取器</a>点选后复制` },
  { prop: "datum", label: "坐标来自", half: true, type: "select", required: true, options: DATUMS, value: "gcj02" },
];
export const CONTACT = [
  { prop: "address", label: "地址", max: 200 }, { ...line("phone", "电话", 40), placeholder: "021-12345678" }, line("contact", "联系人", 40),
];
export const BASIC = [
  line("brand", "品牌", 60), line("shop_type", "门店类型", 30), line("industry", "行业", 30), line("department", "上级部门", 60), line("source", "来源渠道", 30),
  line("region", "大区", 40), line("province", "省份", 40), line("city", "城市", 40), line("district", "区县", 40),
];
export const LOOKS = [
  { prop: "logo_url", label: "标志", type: "picture", upload: uploadPicture, help: "建议 200×200 像素" },
  { prop: "pictures", label: "照片", type: "custom", value: [], empty: [], help: "最多 20 张，建议宽 750 像素以上，可拖动排序", render: (value, set) => html`<${PicturesInput} value=${value} onChanged=${set} label="照片" />` },
  { prop: "advertisements", label: "广告图", type: "custom", value: [], empty: [], help: "最多 10 张，建议 750×300 像素", render: (value, set) => html`<${AdvertisementsInput} value=${value} onChanged=${set} />`,
    rules: [(list) => (list.every(({ picture }) => picture) ? "" : "请上传每个广告的图片，或删除空的广告")] },
  { prop: "description", label: "说明", type: "textarea", max: 500 },
  { prop: "introduction", label: "介绍", type: "textarea", rows: 6, max: 5000 },
  { prop: "template", label: "页面模板", type: "select", required: true, options: TEMPLATES, value: "general", help: "只改变外观" },
];
export const SALES = [
  { prop: "delivery", label: "送货", type: "switch", value: true, half: true }, { prop: "payment", label: "线上支付", type: "switch", value: true, half: true }, { prop: "pickup", label: "自提", type: "switch", value: true, half: true },
];
export const HOURS = [
  { prop: "hours", label: "营业时间", type: "custom", value: {}, empty: {}, rules: [checkHours], help: "过零点写次日时间，如 20:00 至 02:00", render: (value, set) => html`<${HoursInput} value=${value} onChanged=${set} />` },
  { prop: "holidays", label: "节假日营业时间", type: "custom", value: {}, empty: {}, rules: [checkHolidays], render: (value, set) => html`<${HolidaysInput} value=${value} onChanged=${set} />` },
];

/** What the server gets: the place as two numbers. */
export function toBody({ place, datum, ...rest }) {
  if (place === undefined) return rest;
  const [lng, lat] = parsePlace(place);
  return { ...rest, lng, lat, datum };
}

export const toPlace = ({ lng, lat }) => `${lng.toFixed(6)},${lat.toFixed(6)}`;

/** The values in use of brand, city and the like as pairs, for filters. */
export const choicesOf = (name) => async () => (await get("/shops/choices"))[name];
