// The page of one row: facts on top, actions, and tabs below. `DetailDrawer` shows the same beside a list.

import { html } from "../../../m/js/html.js";
import { get } from "../api.js";
import { confirm, fail, succeed } from "../feedback.js";
import { can } from "../session.js";
import { renderValue } from "./columns.js";
import { errorView } from "./error-view.js";
import { moreMenu } from "./more-menu.js";

const { ElButton, ElDrawer, ElSkeleton, ElTabPane, ElTabs } = window.ElementPlus;
const { inject, reactive, watch } = window.Vue;
const { useRoute, useRouter } = window.VueRouter;

const PROPS = {
  url: String, load: Function, title: Function, facts: { default: () => [] }, actions: { default: () => [] }, tabs: { default: () => [] },
};

/** `url` or `load` brings the data; `title`, `actions` and the tabs get it. */
export const DetailPage = {
  props: PROPS,
  setup(props, { expose }) {
    const route = useRoute();
    const router = useRouter();
    const tab = inject("tab", null);
    const state = reactive({ data: null, failure: "", busy: false, version: 0, tab: route.query.tab ?? props.tabs[0]?.key });

    async function reload() {
      state.failure = "";
      try {
        state.data = await (props.load ? props.load() : get(props.url));
        state.version += 1; // the lists in the tabs load again
        tab?.setTitle(props.title?.(state.data));
      } catch (error) {
        state.failure = error.msg ?? "页面出了点问题，请刷新后再试";
      }
    }

    async function run(action) {
      const question = typeof action.confirm === "function" ? action.confirm(state.data) : action.confirm;
      if (state.busy || (question && !(await confirm(question)))) return;
      state.busy = true;
      try {
        const outcome = await action.run(state.data);
        if (outcome === false) return;
        if (outcome !== "saved") succeed(typeof outcome === "string" ? outcome : undefined);
        await reload();
      } catch (error) {
        fail(error);
      } finally {
        state.busy = false;
      }
    }

    watch(() => state.tab, (name) => tab && router.replace({ path: route.path, query: { ...route.query, tab: name } }));
    expose({ reload });
    reload();

    const shownTabs = () => props.tabs.filter(({ right, show }) => can(right) && (!show || show(state.data)));
    const shownActions = () => props.actions.filter(({ right, show }) => can(right) && (!show || show(state.data)));

    return () => {
      if (state.failure) return html`<section class="card">${errorView(state.failure, reload)}</section>`;
      if (!state.data) return html`<section class="card"><${ElSkeleton} rows=${6} animated=${true} data-testid="loading" /></section>`;
      return html`
        <div class="detail-page">
          <section class="card">
            <header class="detail-head">
              <h2>${props.title?.(state.data)}</h2>
              <span class="toolbar">${shownActions().filter(({ more }) => !more).map((action) => html`
                <${ElButton} key=${action.label} type=${action.danger ? "danger" : action.primary ? "primary" : ""} plain=${Boolean(action.danger)} disabled=${state.busy} onClick=${() => run(action)}>${action.label}<//>`)}${shownActions().some(({ more }) => more) && moreMenu(shownActions().filter(({ more }) => more), run)}</span>
            </header>
            <${Facts} facts=${props.facts} data=${state.data} />
          </section>
          ${shownTabs().length > 0 && html`
            <section class="card">
              <${ElTabs} modelValue=${state.tab} ...${{ "onUpdate:modelValue": (name) => (state.tab = name) }}>
                ${{ default: () => shownTabs().map(({ key, label, render }) => html`
                  <${ElTabPane} key=${key} name=${key} label=${label} lazy=${true}>${{ default: () => html`<div key=${state.version}>${render(state.data, reload)}</div>` }}<//>`) }}
              <//>
            </section>`}
        </div>`;
    };
  },
};

/** A list of facts `{ label, prop, format, tags, render, wide }` of an object. */
export const Facts = ({ facts, data }) => html`
  <dl class="facts">
    ${facts.map((fact) => html`<div class=${["fact", fact.wide && "wide"]} key=${fact.label}><dt>${fact.label}</dt><dd>${renderValue({ prop: "", ...fact }, data)}</dd></div>`)}
  </dl>`;
Facts.props = ["facts", "data"];

/** The same in a drawer: `openDialog(DetailDrawer, { heading, … })`. */
export const DetailDrawer = {
  props: { ...PROPS, visible: { default: true }, heading: { default: "详情" }, width: { default: "640px" } },
  emits: ["close"],
  setup: (props, { emit }) => () => html`
    <${ElDrawer} modelValue=${props.visible} title=${props.heading} size=${`min(${props.width}, 100vw)`} beforeClose=${() => emit("close", true)} appendToBody=${true}>
      ${{ default: () => html`<${DetailPage} url=${props.url} load=${props.load} title=${props.title} facts=${props.facts} actions=${props.actions} tabs=${props.tabs} />` }}
    <//>`,
  };
