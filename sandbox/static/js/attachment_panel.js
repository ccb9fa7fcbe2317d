// The ＋ panel: scan, location, image, voice, link and unfollow.

import { doAction } from "./actions.js";
import { api } from "./api.js";
import { attempt, byId, el, toast } from "./dom.js";
import { PLACES, toWgs84 } from "./places.js";
import { scrollToEnd } from "./screen.js";
import { isAlipay, state } from "./state.js";

export function startAttachmentPanel() {
  byId("plus").addEventListener("click", () => (byId("panel").hidden ? openAttachmentPanel() : closeAttachmentPanel()));
}

export function closeAttachmentPanel() {
  byId("panel").hidden = true;
  byId("plus").setAttribute("aria-expanded", "false");
}

function openAttachmentPanel() {
  const following = state.chat?.following;
  byId("panel").replaceChildren(scanSection(), ...(following ? [locationSection(), otherSection()] : []));
  byId("panel").hidden = false;
  byId("plus").setAttribute("aria-expanded", "true");
  scrollToEnd();
}

/** Opens the panel with the location alone, as a menu button of the type location_select does. */
export function openLocationPanel(menuKey) {
  byId("panel").replaceChildren(locationSection(menuKey));
  byId("panel").hidden = false;
  byId("plus").setAttribute("aria-expanded", "true");
  scrollToEnd();
}

async function runAction(action) {
  closeAttachmentPanel();
  return doAction(action);
}

function scanSection() {
  const list = el("div", { class: "scan-list" }, el("p", { class: "empty" }, "正在找二维码…"));
  attempt(null, async () => {
    const { codes } = await api.qrCodes(state.account.appid);
    list.replaceChildren(...(codes.length ? codes.map(qrCodeButton) : [el("p", { class: "empty" }, "这个账号还没有带场景的二维码。")]));
  });
  const input = el("input", { testid: "scan-input", placeholder: "粘贴二维码网址或 ticket", "aria-label": "二维码内容" });
  const form = el("form", { class: "row" }, input, el("button", { testid: "scan-send" }, "扫"));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (input.value.trim()) runAction({ action: "scan", url: input.value.trim() });
  });
  return el("fieldset", {}, el("legend", {}, "扫一扫"), list, form);
}

function qrCodeButton(code, n) {
  const picture = el("img", { src: `/cgi-bin/showqrcode?ticket=${encodeURIComponent(code.ticket)}`, alt: "", loading: "lazy" });
  const label = el("span", {}, String(code.scene), el("small", {}, code.expires_at ? "临时" : "永久"));
  const scan = () => runAction({ action: "scan", ticket: code.ticket });
  return el("button", { type: "button", class: "code", testid: `scan-code-${n}`, onclick: scan }, picture, label);
}

function locationSection(menuKey = null) {
  const lng = el("input", { testid: "location-lng", inputmode: "decimal", placeholder: "经度", "aria-label": "经度", required: true });
  const lat = el("input", { testid: "location-lat", inputmode: "decimal", placeholder: "纬度", "aria-label": "纬度", required: true });
  const how = el(
    "select",
    { testid: "location-kind", "aria-label": "怎样发送", disabled: menuKey !== null },
    el("option", { value: "location" }, "发送位置（GCJ-02）"),
    el("option", { value: "location_event" }, "上报位置（WGS-84）"),
  );
  const form = el("form", { class: "row" }, lng, lat, how, el("button", { testid: "location-send" }, "发送"));
  let picked = null;
  const fill = () => {
    if (!picked) return;
    const point = how.value === "location" ? picked : toWgs84(picked);
    lng.value = point.lng.toFixed(6);
    lat.value = point.lat.toFixed(6);
  };
  how.addEventListener("change", fill);
  form.addEventListener("input", (event) => {
    if (event.target === how) return;
    picked = null;
    keepPosition(lng.value, lat.value, how.value);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    sendLocation({ how: how.value, lng: lng.value, lat: lat.value, label: picked?.name, menuKey });
  });
  const presets = PLACES.map((place, n) => {
    const pick = () => {
      picked = place;
      state.position = toWgs84(place); // pages in the browser of the phone are located there, too
      fill();
    };
    return el("button", { type: "button", testid: `location-preset-${n}`, onclick: pick }, place.name);
  });
  return el("fieldset", {}, el("legend", {}, "位置"), el("div", { class: "presets" }, presets), form);
}

/** Keeps typed coordinates as the position of the phone once they are complete. */
function keepPosition(lng, lat, how) {
  const point = { lng: Number(lng), lat: Number(lat) };
  if (!lng || !lat || Math.abs(point.lng) > 180 || Math.abs(point.lat) > 90) return;
  if (Number.isFinite(point.lng) && Number.isFinite(point.lat)) state.position = how === "location" ? toWgs84(point) : point;
}

function sendLocation({ how, lng, lat, label, menuKey }) {
  const point = { lng: Number(lng), lat: Number(lat) };
  if (!Number.isFinite(point.lng) || !Number.isFinite(point.lat)) return toast("经纬度要填数字");
  const named = label && how === "location" ? { label } : {};
  if (menuKey !== null) return runAction({ action: "location_select", key: menuKey, ...point, ...named });
  return runAction({ action: how, ...point, ...named });
}

function otherSection() {
  const actionButton = (name, action, testid) => el("button", { type: "button", testid, onclick: () => runAction(action) }, name);
  return el(
    "fieldset",
    {},
    el("legend", {}, "其他"),
    el(
      "div",
      { class: "presets" },
      ...(isAlipay() ? [] : wechatOnly(actionButton)),
      actionButton("控制字符", { action: "text", content: "签\u0008到\u001d" }, "send-control"),
      actionButton("取消关注", { action: "unfollow" }, "unfollow"),
    ),
  );
}

function wechatOnly(actionButton) {
  return [
    actionButton("图片", { action: "image", pic_url: `${location.origin}/sandbox/static/photo.svg` }, "send-image"),
    actionButton("语音", { action: "voice", recognition: "附近有什么店" }, "send-voice"),
    actionButton("链接", { action: "link", title: "一篇文章", url: "http://127.0.0.1/article" }, "send-link"),
  ];
}
