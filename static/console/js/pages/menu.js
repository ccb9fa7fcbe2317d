// The menu of one official account, or of a life account of Alipay: edit the draft, compare, publish, withdraw.

import { html } from "../../../m/js/html.js";
import { get, post, put } from "../api.js";
import { errorView } from "../blocks/error-view.js";
import { MenuEditor } from "../blocks/menu-editor.js";
import { showFindings } from "../blocks/text-dialogs.js";
import { confirm, fail, succeed } from "../feedback.js";
import { time } from "../format.js";
import { findFault, placeOf, toBody } from "../menu-draft.js";
import { can } from "../session.js";
import { PUBLICATION_STATES } from "./menus.js";

const { ElButton, ElSkeleton, ElTag } = window.ElementPlus;
const { inject, onUnmounted, reactive } = window.Vue;
const POLL_MS = 1500;

const component = {
  props: ["params"],
  setup(props) {
    const url = `/menus/${props.params.account}`;
    const tab = inject("tab", null);
    const state = reactive({ menu: null, buttons: [], at: null, isDirty: false, failure: "", rejection: "", busy: false });
    let timer = 0;
    onUnmounted(() => clearTimeout(timer));

    function show(menu) {
      Object.assign(state, { menu, buttons: structuredClone(menu.button), isDirty: false, rejection: "" });
      tab?.setTitle(`菜单 ${menu.name}`);
      poll();
    }

    /** Read the states again: what is typed stays. */
    async function refresh() {
      state.menu = await get(url);
      poll();
    }

    /** While the platform has not answered, ask again. */
    function poll() {
      clearTimeout(timer);
      if (state.menu.last?.state === "requested") timer = setTimeout(() => refresh().then(sayOutcome, poll), POLL_MS);
    }

    function sayOutcome() {
      const { state: outcome, reason, is_withdrawal } = state.menu.last;
      if (outcome === "failed") fail({ msg: `发布失败：${reason}` });
      if (outcome === "live") succeed(is_withdrawal ? "菜单已撤下" : "菜单已发布，关注者最迟 24 小时内看到");
    }

    const load = () => get(url).then(show, (error) => (state.failure = error.msg ?? "页面出了点问题，请刷新后再试"));

    async function work(task) {
      if (state.busy) return;
      Object.assign(state, { busy: true, rejection: "" });
      try {
        await task();
      } catch (error) {
        state.rejection = error.msg ?? "操作没有完成，请稍后再试";
        state.at = placeOf(error.data?.field) ?? state.at;
      } finally {
        state.busy = false;
      }
    }

    async function save() {
      const fault = findFault(state.buttons);
      if (fault) throw Object.assign(new Error(fault.message), { msg: fault.message, data: { field: fault.at ? `button.${fault.at.join(".sub_button.")}` : "" } });
      show(await put(url, toBody(state.buttons)));
    }

    async function publish() {
      if (!(await confirm("发布后替换平台上现在的菜单。确定发布？"))) return;
      if (state.isDirty) await save();
      await post(`${url}/publications`);
      succeed("已提交发布");
      await refresh();
    }

    async function withdraw() {
      if (!(await confirm("撤下后公众号不再显示菜单，草稿保留。确定撤下？"))) return;
      await post(`${url}/withdrawals`);
      succeed("已提交撤下");
      await refresh();
    }

    async function compare() {
      await refresh();
      const { differences } = await get(`${url}/live`);
      const listed = [...state.menu.differences.map((text) => ({ state: "warning", text: `草稿：${text}` })), ...differences.map((text) => ({ state: "error", text }))];
      await showFindings({ title: "比较草稿、已发布和平台上的菜单", findings: listed.length ? listed : [{ state: "ok", text: "一致" }] });
    }

    async function adopt() {
      const { button } = await get(`${url}/live`);
      if (!button) throw Object.assign(new Error(), { msg: "平台上没有菜单" });
      if (await confirm("用平台上的菜单替换正在编辑的草稿？保存后生效，按钮的回复按标识保留。")) Object.assign(state, { buttons: keepAnswers(button), at: null, isDirty: true });
    }

    /** The platform knows no replies: those of the same keys stay. */
    function keepAnswers(buttons) {
      const known = Object.fromEntries(state.buttons.flatMap((button) => [button, ...(button.sub_button ?? [])]).filter(({ key }) => key).map(({ key, answers }) => [key, answers]));
      const fill = (button) => ({ ...button, answers: known[button.key] ?? [], sub_button: (button.sub_button ?? []).map(fill) });
      return buttons.map(fill);
    }

    const button = (label, task, right, more = {}) => can(right) && html`<${ElButton} disabled=${state.busy || more.disabled} type=${more.type ?? ""} plain=${more.type === "danger"} onClick=${() => work(task)}>${label}<//>`;
    const statusOf = () => {
      if (state.isDirty) return "有修改还没有保存。";
      if (!state.menu.is_published) return "尚未发布。";
      return state.menu.is_changed ? "草稿和已发布的菜单不同。" : "草稿已发布。";
    };
    const isWaiting = () => state.menu.last?.state === "requested";

    const history = () => html`
      <section class="card">
        <h3 class="part-head">发布记录</h3>
        ${state.menu.publications.length ? html`<ul class="publications">${state.menu.publications.map((row) => html`
          <li key=${row.id}><${ElTag} type=${PUBLICATION_STATES[row.state][1]} disableTransitions=${true}>${row.is_withdrawal ? "撤下" : "发布"}${PUBLICATION_STATES[row.state][0].replace("发布", "")}<//> ${time(row.requested_at)} ${row.reason}</li>`)}</ul>`
          : html`<p class="muted">还没有发布过</p>`}
      </section>`;

    load();
    return () => {
      if (state.failure) return html`<section class="card">${errorView(state.failure, load)}</section>`;
      if (!state.menu) return html`<section class="card"><${ElSkeleton} rows=${6} animated=${true} data-testid="loading" /></section>`;
      return html`
        <div>
          <section class="card">
            <header class="detail-head"><h2>${state.menu.name}</h2>
              <span class="toolbar">
                ${button("保存草稿", async () => { await save(); succeed(); }, "menus.edit", { type: "primary", disabled: !state.isDirty })}
                ${button(isWaiting() ? "发布中……" : "发布", publish, "menus.publish", { disabled: isWaiting() || (!state.isDirty && !state.menu.saved_at) })}
                ${button("比较", compare, "menus.read")}
                ${button("读取平台菜单", adopt, "menus.edit")}
                ${state.menu.kind !== "alipay" && button("撤下", withdraw, "menus.publish", { type: "danger", disabled: !state.menu.is_published || isWaiting() })}
              </span></header>
            ${state.rejection && html`<p class="failure" role="alert" data-testid="menu-rejection">${state.rejection}</p>`}
            <p class="notice" role="status">${statusOf()}</p>
            <${MenuEditor} isAlipay=${state.menu.kind === "alipay"} buttons=${state.buttons} at=${state.at} readonly=${!can("menus.edit")} onChange=${(buttons) => Object.assign(state, { buttons, isDirty: true, rejection: "" })} onChoose=${(at) => (state.at = at)} />
          </section>
          ${history()}
        </div>`;
    };
  },
};

export default { title: "自定义菜单", component };
