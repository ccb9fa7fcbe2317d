// 渠道账号: official accounts, mini-programs, Alipay applications, SMS. Secrets are typed and never shown.

import { html } from "../../../m/js/html.js";
import { get, patch, post } from "../api.js";
import { openForm } from "../blocks/form-dialog.js";
import { ListPage } from "../blocks/list-page.js";
import { showFindings, showPairs } from "../blocks/text-dialogs.js";
import { findShops } from "../options.js";

const KINDS = [["wechat_official", "公众号"], ["wechat_miniprogram", "小程序"], ["alipay", "支付宝应用"], ["sms", "短信"]];
const KIND_TAGS = { wechat_official: ["公众号", "success"], wechat_miniprogram: ["小程序", "primary"], alipay: ["支付宝应用", "warning"], sms: ["短信", "info"] };
const MODES = [["safe", "安全模式（推荐）"], ["compatible", "兼容模式"], ["plain", "明文模式"]];
const MODE_NAMES = { safe: "安全", compatible: "兼容", plain: "明文" };
const PROVIDERS = [["alibaba", "阿里云"], ["tencent", "腾讯云"]];

const COLUMNS = [
  { prop: "name", label: "账号名称", phone: true, minWidth: 140, sortable: true },
  { prop: "kind", label: "类型", phone: true, format: "tag", tags: KIND_TAGS, width: 110, sortable: true },
  { prop: "appid", label: "AppID", minWidth: 170 },
  { prop: "shop", label: "门店", phone: true, minWidth: 110, render: ({ shop }) => shop?.name ?? "全部门店" },
  { prop: "mode", label: "消息加解密", width: 105, render: ({ kind, mode }) => (kind === "wechat_official" ? MODE_NAMES[mode] : "—") },
  { prop: "server_url", label: "服务器地址", minWidth: 170, render: ({ server_url: url, server_note: note }) => (url && note ? `${url}（${note}）` : url ?? "—") },
  { prop: "created_at", label: "创建日期", format: "date", width: 110, sortable: true },
];
const FILTERS = [
  { prop: "search", label: "账号", placeholder: "名称或 AppID" },
  { prop: "kind", label: "类型", type: "select", options: KINDS },
];
const ROW_ACTIONS = [
  { label: "检查", right: "channels.edit", run: check },
  { label: "编辑", right: "channels.edit", run: edit },
  { label: "服务器配置", right: "channels.edit", show: ({ kind }) => kind !== "sms", run: showServer },
];

const isOfficial = ({ kind }) => kind === "wechat_official";
const isWeChat = ({ kind }) => kind.startsWith("wechat");
const STAYS = "不填则不变；保存后不再显示";
const WRITE_ONLY = "只写入，保存后不再显示";
/** What to type, by the kind of the account. */
const HELP = {
  appid: {
    wechat_official: "在公众平台“开发 → 基本配置”中", wechat_miniprogram: "在小程序后台“开发管理 → 开发设置”中",
    alipay: "在支付宝开放平台的应用详情中", sms: "阿里云填 AccessKey ID，腾讯云填 SecretId",
  },
  name: { sms: "填短信签名" },
  secret: { alipay: `填应用私钥；${WRITE_ONLY}`, sms: `阿里云填 AccessKey Secret，腾讯云填 SecretKey；${WRITE_ONLY}` },
  original_id: { wechat_official: "gh_ 开头", wechat_miniprogram: "gh_ 开头", sms: "腾讯云填 SdkAppId，阿里云不填" },
};

/** `old` is the account that is changed, undefined for a new one. */
function listFields(old) {
  const of = (test) => (typed) => test(old ?? typed);
  const help = (prop, other = "") => of(({ kind }) => HELP[prop][kind] ?? other);
  return [
    ...(old ? [] : [
      { prop: "kind", label: "类型", type: "select", required: true, options: KINDS, value: "wechat_official" },
      { prop: "appid", label: "AppID", required: true, max: 64, help: help("appid") },
    ]),
    { prop: "name", label: "账号名称", required: true, max: 60, help: help("name") },
    { prop: "secret", label: "AppSecret（密钥）", type: old?.kind === "alipay" ? "textarea" : "password", required: !old, max: 4000, help: old ? STAYS : help("secret", WRITE_ONLY) },
    { prop: "platform_public_key", label: "支付宝公钥", type: "textarea", max: 4000, when: of(({ kind }) => kind === "alipay"), help: old ? STAYS : "" },
    { prop: "token", label: "Token", type: "password", max: 64, when: of(isOfficial), help: old ? STAYS : "不填则自动生成" },
    { prop: "encoding_aes_key", label: "EncodingAESKey", type: "password", max: 43, when: of(isOfficial), help: old ? STAYS : "不填则自动生成" },
    { prop: "encoding_aes_key", label: "接口内容加密密钥", type: "password", max: 24, when: of(({ kind }) => kind === "alipay"), help: old ? STAYS : "小程序用支付宝手机号入会时填写" },
    { prop: "mode", label: "消息加解密方式", type: "select", required: true, options: MODES, value: "safe", when: of(isOfficial) },
    { prop: "original_id", label: "原始 ID", max: 64, when: of(({ kind }) => kind !== "alipay"), help: help("original_id") },
    { prop: "open_group", label: "开放平台分组", max: 64, when: of(isWeChat), help: "绑定同一开放平台账号的公众号和小程序填同样的文字，顾客才会合并" },
    { prop: "provider", label: "短信服务商", type: "select", required: true, options: PROVIDERS, when: of(({ kind }) => kind === "sms") },
    { prop: "brand", label: "品牌", max: 60 },
    { prop: "shop", label: "所属门店", type: "select", remote: findShops, help: "不选则属于全部门店", options: old?.shop ? [[old.shop.id, old.shop.name]] : [] },
  ];
}

async function create() {
  let made = null;
  const outcome = await openForm({ title: "添加账号", fields: listFields(), submit: async (value) => (made = await post("/channels", value)) });
  if (outcome && made.kind !== "sms") await showServer(made);
  return outcome;
}

async function edit({ key }) {
  const old = await get(`/channels/${key}`);
  return openForm({
    title: `编辑账号 ${old.name}`, note: old.server_note && `服务器地址：${old.server_note}`, fields: listFields(old), value: { ...old, shop: old.shop?.id ?? null, provider: old.provider || null },
    submit: (value) => patch(`/channels/${key}`, value),
  });
}

async function showServer({ key, name, kind, server_note: warning }) {
  const found = await post(`/channels/${key}/server-configuration`);
  if (kind === "alipay") return showGateway(name, found, warning);
  const pairs = kind === "wechat_official"
    ? [["URL（服务器地址）", found.url], ["Token（令牌）", found.token], ["EncodingAESKey", found.encoding_aes_key], ["消息加解密方式", MODE_NAMES[found.mode] + "模式", false]]
    : [["request 合法域名", found.domain]];
  const note = kind === "wechat_official"
    ? "把下面的内容填到微信公众平台“开发 → 基本配置 → 服务器配置”，保存后点“启用”。查看已记入操作日志。"
    : "把下面的域名填到小程序后台“开发管理 → 开发设置 → 服务器域名”。";
  await showPairs({ title: `服务器配置 ${name}`, note: warning ? `${warning}。${note}` : note, pairs });
  return false;
}

async function showGateway(name, { url, public_key: publicKey }, warning) {
  const note = "把下面的网关填到支付宝开放平台“开发设置 → 应用网关”，应用公钥填到“接口加签方式”。生活号的消息会发到这个网关。查看已记入操作日志。";
  await showPairs({ title: `应用网关 ${name}`, note: warning ? `${warning}。${note}` : note, pairs: [["应用网关", url], ["应用公钥", publicKey || "应用私钥无法读取", false]] });
  return false;
}

async function check({ key, name }) {
  const { list } = await post(`/channels/${key}/checks`);
  await showFindings({ title: `检查 ${name}`, findings: list });
  return false;
}

const component = () => html`
  <${ListPage} url="/channels" columns=${COLUMNS} filters=${FILTERS} rowActions=${ROW_ACTIONS} rowKey="key" create=${{ label: "添加账号", right: "channels.create", open: create }} emptyText="还没有渠道账号" />`;

export default { title: "渠道账号", component };
