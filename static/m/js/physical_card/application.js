// An application for a plastic card: the button to begin, the form, then the four steps with what can still be done.

import { patch, post } from "../api.js";
import { html } from "../html.js";

const { reactive } = window.Vue;
const { Button, showConfirmDialog, showToast } = window.vant;
const OFFERS = { new: "申领实体卡", replacement: "补换实体卡", upgrade: "升级实体卡" };
const FIELDS = [
  ["name", "姓名", "与证件一致", "name"], ["id_number", "身份证号", "18 位", "off"], ["phone", "手机号", "11 位手机号", "tel"],
  ["email", "邮箱", "用于接收进度", "email"], ["province", "省", "如 上海市", "address-level1"], ["city", "市", "如 上海市", "address-level2"],
  ["district", "区县", "如 黄浦区", "address-level3"], ["detail", "详细地址", "街道、门牌号、楼层", "street-address"],
];
const EMPTY = Object.fromEntries(FIELDS.map(([name]) => [name, ""]));

export const Application = {
  props: { application: Object, purpose: String, kind: String },
  emits: ["done"],
  setup(props, { emit }) {
    const state = reactive({ edited: null, busy: false, failure: "" });

    async function run(work, done) {
      if (state.busy) return;
      Object.assign(state, { busy: true, failure: "" });
      try {
        await work();
        state.edited = null;
        showToast(done);
        emit("done");
      } catch (error) {
        if (state.edited) state.failure = error.message;
        else showToast(error.message);
      } finally {
        state.busy = false;
      }
    }

    const save = () => run(() => send(props, state.edited), "已提交");
    const edit = () => (state.edited = props.application ? toForm(props.application) : { ...EMPTY });

    async function confirm(action, title, done) {
      const agreed = await showConfirmDialog({ title }).then(() => true, () => false);
      if (agreed) await run(() => post(`/api/me/card/applications/${props.application.number}/${action}`), done);
    }

    return () => {
      if (state.edited) return form(state, save);
      return props.application ? progress(props.application, { edit, confirm }) : offer(props, edit);
    };
  },
};

/** The ID number is shown masked, so an empty one stays as it is. */
function toForm({ region: [province, city, district], ...rest }) {
  return { ...Object.fromEntries(FIELDS.map(([name]) => [name, rest[name] ?? ""])), province, city, district, id_number: "", phone: rest.phone.replace(/^\+86/, "") };
}

function send({ application, purpose }, { province, city, district, id_number, ...rest }) {
  const body = { ...rest, region: [province, city, district], ...(id_number && { id_number }) };
  return application ? patch(`/api/me/card/applications/${application.number}`, body) : post("/api/me/card/applications", { ...body, id_number, purpose });
}

const offer = ({ purpose, kind }, edit) => html`
  <section class="card loss-row" data-testid="card-offer">
    <p><b>${OFFERS[purpose]}</b><small>${kind}，审核通过后邮寄到家</small></p>
    <${Button} size="small" round=${true} type="primary" onClick=${edit} data-testid="apply">申请<//>
  </section>`;

function progress(one, { edit, confirm }) {
  const { purpose_label, kind, state_label, steps, reason, courier, tracking_number, region, detail, actions } = one;
  return html`
    <section class="card" data-testid="application">
      <h2>${kind}${purpose_label}<span class="tag" data-testid="application-state">${state_label}</span></h2>
      ${reason && html`<p class="error-text" data-testid="reason">退回原因：${reason}</p>`}
      <ol class="steps">${steps.map(({ label, at }) => html`<li key=${label} class=${at ? "done" : ""}><b>${label}</b><span>${at ? new Date(at).toLocaleString("zh-CN") : "—"}</span></li>`)}</ol>
      ${courier && html`<p class="hint">快递：${courier} ${tracking_number}</p>`}
      <p class="hint">寄往：${[...new Set(region)].join("")}${detail}</p>
      ${actions.length > 0 && html`
        <p class="address-actions">
          ${actions.includes("change") && html`<button type="button" onClick=${edit} data-testid="change">修改资料</button>`}
          ${actions.includes("cancel") && html`<button type="button" onClick=${() => confirm("cancellation", "取消这次申请？", "已取消")} data-testid="cancel">取消申请</button>`}
          ${actions.includes("receive") && html`<button type="button" onClick=${() => confirm("receipt", "确认已收到实体卡？", "新卡已可使用")} data-testid="receive">确认收到</button>`}
        </p>`}
    </section>`;
}

function form(state, save) {
  const { edited } = state;
  return html`
    <form class="card address-form" onSubmit=${(event) => { event.preventDefault(); save(); }} data-testid="application-form">
      <h2>填写资料</h2>
      ${FIELDS.map(([name, label, hint, autocomplete]) => html`
        <label key=${name}><span>${label}</span><input name=${name} autocomplete=${autocomplete} placeholder=${hint} value=${edited[name]} onInput=${(event) => (edited[name] = event.target.value)} /></label>`)}
      ${state.failure && html`<p class="error-text" role="alert" data-testid="failure">${state.failure}</p>`}
      <${Button} block=${true} round=${true} type="primary" nativeType="submit" loading=${state.busy} data-testid="submit-application">提交<//>
      <${Button} block=${true} round=${true} plain=${true} onClick=${() => (state.edited = null)}>取消<//>
    </form>`;
}
