// A list: filters, table, paging, actions. See docs/console.md for the properties.

import { html } from "../../../m/js/html.js";
import { confirm, fail, succeed } from "../feedback.js";
import { icon } from "../icon.js";
import { can } from "../session.js";
import { alignOf, renderValue } from "./columns.js";
import { ExportButton } from "./export-button.js";
import { FilterBar } from "./filter-bar.js";
import { createListState, filterParameters, loadList, readRoute, routeQuery, setSize } from "./list-query.js";
import { Paging } from "./paging.js";
import { errorView } from "./error-view.js";

const { ElButton, ElDropdown, ElDropdownItem, ElDropdownMenu, ElEmpty, ElSkeleton, ElTable, ElTableColumn } = window.ElementPlus;
const { inject, onActivated, onDeactivated, reactive, watch } = window.Vue;
const { useRoute, useRouter } = window.VueRouter;

const MAX_ROW_BUTTONS = 3;
const SAVED = "saved"; // what openForm returns: the form has shown its message

export const ListPage = {
  props: {
    url: { type: String, required: true }, columns: { type: Array, required: true },
    filters: { default: () => [] }, rowActions: { default: () => [] }, batchActions: { default: () => [] }, tools: { default: () => [] },
    create: Object, exportKind: String, exportRight: String, exportParams: { default: () => ({}) }, detail: Function, emptyText: { default: "没有符合条件的记录" },
    params: { default: () => ({}) }, sort: String, rowKey: { default: "id" }, note: String, embedded: Boolean,
  },
  setup(props, { expose }) {
    const route = useRoute();
    const router = useRouter();
    const tab = inject("tab", null);
    const path = route.path;
    const keepsQuery = tab !== null && !props.embedded;
    const state = createListState(props, keepsQuery ? route.query : {});
    const chosen = reactive({ rows: [], busy: false });
    let isShown = true;

    const load = () => loadList(state, props);

    /** The query string is the state: a change of it loads the list, going back as well. */
    function show() {
      const query = routeQuery(state, props);
      if (!keepsQuery || route.path !== path || sameQuery(query, route.query)) return load();
      return router.replace({ path, query });
    }

    function search() {
      state.page = 1;
      return show();
    }

    watch(() => route.query, (query) => {
      if (!keepsQuery || !isShown || route.path !== path) return;
      readRoute(state, props, query);
      load();
    });
    onActivated(() => (isShown = true));
    onDeactivated(() => (isShown = false));

    /** Run an action; "saved" and false are outcomes of a form, anything else is the answer to a request. */
    async function run(action, subject) {
      const question = typeof action.confirm === "function" ? action.confirm(subject) : action.confirm;
      if (chosen.busy || (question && !(await confirm(question)))) return;
      chosen.busy = true;
      try {
        const outcome = await (action.run ?? action.open)(subject);
        if (outcome === false) return;
        if (outcome !== SAVED) succeed(typeof outcome === "string" ? outcome : undefined);
        await load();
      } catch (error) {
        fail(error);
        if (error.changed) await load(); // a batch of which only some rows were rejected
      } finally {
        chosen.busy = false;
      }
    }

    const batch = () => props.batchActions.filter(({ right }) => can(right));
    expose({ reload: load, search, state });
    load();

    const toolbar = () => html`
      <div class="toolbar" role="toolbar" aria-label="操作">
        ${props.create && can(props.create.right) && html`<${ElButton} type="primary" onClick=${() => run(props.create)} data-testid="create">${icon("plus")} ${props.create.label ?? "新建"}<//>`}
        ${props.tools.filter(({ right }) => can(right)).map((tool) => html`<${ElButton} key=${tool.label} onClick=${() => run(tool)}>${tool.icon && icon(tool.icon)} ${tool.label}<//>`)}
        ${batch().map((action) => html`<${ElButton} key=${action.label} disabled=${!chosen.rows.length} onClick=${() => run(action, chosen.rows)}>${action.label}${chosen.rows.length ? `（${chosen.rows.length}）` : ""}<//>`)}
        <span class="end">
          ${props.exportKind && can(props.exportRight ?? `${props.exportKind}.export`) && html`<${ExportButton} kind=${props.exportKind} filters=${() => ({ ...props.exportParams, ...filterParameters(state, props.filters) })} />`}
          <${ElButton} onClick=${() => window.print()} aria-label="打印" title="打印">${icon("printer")}<//>
          <${ElButton} onClick=${load} aria-label="刷新" title="刷新" data-testid="refresh">${icon("refresh")}<//>
        </span>
      </div>`;

    const cell = (column) => ({ row }) => {
      if (!row) return null; // the table also asks for a row that does not exist
      const value = renderValue(column, row);
      return column === props.columns[0] && props.detail ? html`<${window.VueRouter.RouterLink} to=${props.detail(row)}>${value}<//>` : value;
    };

    const table = () => html`
      <${ElTable} data=${state.rows} rowKey=${props.rowKey} border=${true} defaultSort=${toDefaultSort(state.sort)} emptyText=${props.emptyText} aria-busy=${state.loading} scrollbarAlwaysOn=${true}
        onSortChange=${({ column, order }) => { state.sort = toSort(column, order); search(); }} onSelectionChange=${(rows) => (chosen.rows = rows)}>
        ${{ default: () => [
          batch().length > 0 && html`<${ElTableColumn} type="selection" width="42" reserveSelection=${false} />`,
          ...inOrder(props.columns).map((column) => html`
            <${ElTableColumn} key=${column.prop} prop=${column.sortKey ?? column.prop} label=${column.label} width=${widthOf(column)} minWidth=${column.minWidth ?? 110}
              align=${alignOf(column)} sortable=${column.sortable ? "custom" : false} showOverflowTooltip=${!column.render}>
              ${{ default: cell(column) }}
            <//>`),
          hasRowActions(props) && html`
            <${ElTableColumn} label="操作" className="row-actions" fixed=${isWide() ? "right" : false} width=${actionsWidth(props.rowActions)}>${{ default: ({ row }) => row && rowButtons(props.rowActions, row, run) }}<//>`,
        ], empty: () => html`<${ElEmpty} description=${props.emptyText} imageSize=${80} />` }}
      <//>`;

    const content = () => {
      if (state.failure) return errorView(state.failure, load);
      if (!state.rows) return html`<${ElSkeleton} rows=${8} animated=${true} data-testid="loading" />`;
      return html`<div class=${["table-box", state.loading && "busy"]} tabindex="0" role="region" aria-label="列表">${table()}</div>
        ${state.total !== null && html`<${Paging} page=${state.page} size=${state.size} total=${state.total} count=${state.rows.length}
          onPage=${(page) => { state.page = page; show(); }} onSize=${(size) => { setSize(state, size); show(); }} />`}`;
    };

    return () => html`
      <div class="list-page">
        ${props.filters.length > 0 && html`<${FilterBar} filters=${props.filters} values=${state.filters} onSearch=${search} />`}
        <section class="card">${props.note && html`<p class="notice">${props.note}</p>`}${toolbar()}${content()}</section>
      </div>`;
  },
};

/** On a phone a fixed column would cover the others. */
const isWide = () => window.innerWidth > 767;

/** On a phone the columns with `phone` come first: the others are seen by scrolling. */
const inOrder = (columns) => (isWide() ? columns : [...columns.filter(({ phone }) => phone), ...columns.filter(({ phone }) => !phone)]);
const widthOf = ({ width }) => (width && !isWide() ? width - 12 : width); // the cells of a phone have less padding
const hasRowActions = ({ rowActions }) => rowActions.some(({ right }) => can(right));

/** Wide enough for the longest labels that can stand side by side. */
function actionsWidth(actions) {
  const lengths = actions.filter(({ right }) => can(right)).map(({ label }) => label.length).sort((one, other) => other - one);
  const shown = lengths.slice(0, MAX_ROW_BUTTONS);
  return Math.max(80, shown.reduce((sum, length) => sum + length * 14 + 16, 28));
}

/** The first actions as buttons, the others in a menu. */
function rowButtons(actions, row, run) {
  const shown = actions.filter(({ right, show }) => can(right) && (!show || show(row)));
  const direct = shown.length > MAX_ROW_BUTTONS ? shown.slice(0, MAX_ROW_BUTTONS - 1) : shown;
  const more = shown.slice(direct.length);
  return html`
    <span class="row-buttons">
      ${direct.map((action) => html`<${ElButton} key=${action.label} link=${true} type=${action.danger ? "danger" : "primary"} onClick=${() => run(action, row)}>${action.label}<//>`)}
      ${more.length > 0 && html`
        <${ElDropdown} trigger="click" onCommand=${(action) => run(action, row)}>
          ${{
            default: () => html`<button type="button" class="plain more">更多 ${icon("arrow-down")}</button>`,
            dropdown: () => html`<${ElDropdownMenu}>${() => more.map((action) => html`<${ElDropdownItem} key=${action.label} command=${action}>${action.label}<//>`)}<//>`,
          }}
        <//>`}
    </span>`;
}

const sameQuery = (one, other) => JSON.stringify(Object.entries(one).sort()) === JSON.stringify(Object.entries(other).sort());
const toSort = (column, order) => (order ? `${order === "descending" ? "-" : ""}${column.property}` : "");
const toDefaultSort = (sort) => (sort ? { prop: sort.replace("-", ""), order: sort.startsWith("-") ? "descending" : "ascending" } : undefined);
