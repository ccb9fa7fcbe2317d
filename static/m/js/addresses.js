// My addresses: the list, a form, and the way back to the checkout with the chosen one.

import { get, patch, post, remove } from "./api.js";
import { html } from "./html.js";
import { pageUrl } from "./page_context.js";
import { mountMemberPage } from "./page_shell.js";
import { checkoutUrl } from "./mall/context.js";
import { RegionPicker } from "./mall/region_picker.js";
import { locate } from "./place.js";

const { reactive } = window.Vue;
const { Button, showConfirmDialog, showToast } = window.vant;
const RETURNS = { "#checkout": checkoutUrl, "#prizes": () => pageUrl("prizes") }; // where the chosen address is wanted
const returnUrl = RETURNS[location.hash];
const EMPTY = { id: "", name: "", phone: "", region: ["", "", ""], region_code: "", detail: "", latitude: null, longitude: null, is_default: false };
const PERSON = [["name", "收货人", "姓名", "name"], ["phone", "手机号", "11 位手机号", "tel"]];
const DETAIL = ["detail", "详细地址", "街道、门牌号、楼层", "street-address"];

const Addresses = {
  props: { first: Array },
  setup({ first }) {
    const state = reactive({ list: first, edited: first.length ? null : { ...EMPTY }, busy: false, failure: "" });

    async function reload() {
      state.list = (await get("/api/me/addresses")).list;
    }

    async function save() {
      if (state.busy) return;
      const { id, ...body } = state.edited;
      if (!body.region.every(Boolean)) return (state.failure = "请选择省、市和区县");
      Object.assign(state, { busy: true, failure: "" });
      try {
        const saved = id ? await patch(`/api/me/addresses/${id}`, body) : await post("/api/me/addresses", body);
        if (returnUrl) return select(saved);
        state.edited = null;
        await reload();
      } catch (error) {
        state.failure = error.message;
      } finally {
        state.busy = false;
      }
    }

    async function drop(one) {
      const agreed = await showConfirmDialog({ title: "删除这个地址？", message: fullText(one) }).then(() => true, () => false);
      if (!agreed) return;
      try {
        state.list = (await remove(`/api/me/addresses/${one.id}`)).list;
      } catch (error) {
        showToast(error.message);
      }
    }

    const edit = (one) => (state.edited = { ...one });
    return () => (state.edited ? form(state, save) : list(state, { edit, drop }));
  },
};

mountMemberPage("addresses", async () => (await get("/api/me/addresses")).list, (first) => html`<${Addresses} first=${first} />`);

const fullText = ({ region, detail }) => `${[...new Set(region)].join("")}${detail}`;

function select({ id }) {
  sessionStorage.setItem("address", id);
  location.assign(returnUrl());
}

function list(state, { edit, drop }) {
  return html`
    <div>
      ${state.list.map((one) => html`
        <section class="card address" key=${one.id} data-testid="address">
          <button type="button" class="address-text" disabled=${!returnUrl} onClick=${() => select(one)}><b>${one.name} ${one.phone.replace(/^\+86/, "")}</b>${one.is_default && html`<span class="tag">默认</span>`}<p>${fullText(one)}</p></button>
          <p class="address-actions"><button type="button" onClick=${() => edit(one)}>编辑</button><button type="button" onClick=${() => drop(one)}>删除</button></p>
        </section>`)}
      <${Button} block=${true} round=${true} type="primary" onClick=${() => (state.edited = { ...EMPTY })} data-testid="new-address">新建地址<//>
    </div>`;
}

function form(state, save) {
  const { edited } = state;
  return html`
    <form class="card address-form" onSubmit=${(event) => { event.preventDefault(); save(); }} data-testid="address-form">
      <h2>${edited.id ? "编辑地址" : "新建地址"}</h2>
      ${PERSON.map((one) => line(edited, one))}
      <${RegionPicker} key=${edited.id} region=${edited.region} onChange=${(chosen) => changeRegion(edited, chosen)} />
      ${line(edited, DETAIL)}
      <p class="address-place"><span>定位</span>${edited.latitude === null ? "未定位，配送时无法计算距离" : "已定位"}<button type="button" class="chip on" onClick=${() => findPlace(edited)} data-testid="locate">使用当前位置</button></p>
      <label class="tick"><input type="checkbox" checked=${edited.is_default} onChange=${(event) => (edited.is_default = event.target.checked)} /><span>设为默认地址</span></label>
      ${state.failure && html`<p class="error-text" role="alert" data-testid="failure">${state.failure}</p>`}
      <${Button} block=${true} round=${true} type="primary" nativeType="submit" loading=${state.busy} data-testid="save-address">保存<//>
      ${state.list.length > 0 && html`<${Button} block=${true} round=${true} plain=${true} onClick=${() => (state.edited = null)}>取消<//>`}
    </form>`;
}

function line(edited, [name, label, hint, autocomplete]) {
  return html`<label key=${name}><span>${label}</span><input name=${name} autocomplete=${autocomplete} placeholder=${hint} value=${edited[name]} onInput=${(event) => change(edited, name, event.target.value)} /></label>`;
}

function change(edited, name, text) {
  edited[name] = text;
  if (name === "detail") forgetPlace(edited);
}

function changeRegion(edited, { region, region_code }) {
  const isOther = region.join() !== edited.region.join();
  Object.assign(edited, { region, region_code });
  if (isOther) forgetPlace(edited);
}

/** Another address is at another place. */
function forgetPlace(edited) {
  if (edited.id) Object.assign(edited, { latitude: null, longitude: null });
}

/** The place of the phone now; it gives WGS-84, which the server converts. */
async function findPlace(edited) {
  try {
    const { lat, lng, datum } = await locate();
    Object.assign(edited, { latitude: lat, longitude: lng, datum });
  } catch (error) {
    showToast(error.message);
  }
}
