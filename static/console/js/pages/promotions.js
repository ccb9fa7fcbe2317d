// 促销: counts by stage, the list, and the tiles that begin a promotion of a kind.

import { html } from "../../../m/js/html.js";
import { get } from "../api.js";
import { ListPage } from "../blocks/list-page.js";
import { filterParameters } from "../blocks/list-query.js";
import { fail } from "../feedback.js";
import { time } from "../format.js";
import { findShops } from "../options.js";
import { PROMOTION_ACTIONS } from "../promotions/actions.js";
import { createPromotion } from "../promotions/form.js";
import { KINDS, STAGES, STAGE_OPTIONS } from "../promotions/labels.js";
import { router } from "../router.js";
import { can } from "../session.js";

const { ElButton } = window.ElementPlus;
const { reactive, ref, watch } = window.Vue;
const TILES = { gridTemplateColumns: "repeat(auto-fill, minmax(126px, 1fr))" };
const COLUMNS = [
  { prop: "name", label: "促销名称", phone: true, minWidth: 150, sortable: true },
  { prop: "kind_label", label: "类型", width: 100 },
  { prop: "words", label: "优惠", minWidth: 150 },
  { prop: "stage", label: "状态", phone: true, format: "tag", tags: STAGES, width: 85 },
  { prop: "starts_at", label: "时间", width: 190, sortable: true, render: ({ starts_at: from, ends_at: to }) => `${time(from).slice(0, 16)} 至 ${time(to).slice(0, 16)}` },
  { prop: "orders", label: "订单数", format: "number", width: 80 },
  { prop: "off_fen", label: "优惠金额", phone: true, format: "money", width: 110 },
  { prop: "shops", label: "门店", width: 90, render: ({ all_shops: all, shop_count: count }) => (all ? "全部" : `${count} 家`) },
  { prop: "channels", label: "渠道", minWidth: 150, render: ({ channels }) => channels.join("、") },
  { prop: "priority", label: "优先级", format: "number", width: 80 },
  { prop: "number", label: "编号", width: 140 },
  { prop: "created_by", label: "创建人", width: 110 },
  { prop: "created_at", label: "创建时间", format: "time", width: 175, sortable: true },
];
const FILTERS = [
  { prop: "search", label: "促销", placeholder: "名称或编号" },
  { prop: "kind", label: "类型", type: "select", options: KINDS.map(([key, label]) => [key, label]) },
  { prop: "stage", label: "状态", type: "select", options: STAGE_OPTIONS },
  { prop: "channel", label: "渠道", type: "select", options: [["online", "线上"], ["till", "门店收银台"]] },
  { prop: "shop", label: "门店", type: "select", remote: (text) => findShops(text, "code") },
  { prop: "days", label: "活动日期", type: "dates" },
];
const component = {
  setup() {
    const list = ref(null);
    const state = reactive({ stages: {} });

    /** The counts follow the list: they are read whenever it has loaded, with its other filters. */
    async function count() {
      const { stage, ...others } = filterParameters(list.value.state, FILTERS);
      state.stages = await get("/promotions/counts", others).then(({ stages }) => stages, () => state.stages);
    }
    watch(() => list.value?.state.rows, (rows) => rows && count());

    function show(stage) {
      list.value.state.filters.stage = stage;
      list.value.search();
    }
    const isShown = (stage) => (list.value?.state.filters.stage ?? null) === stage;
    const stageButton = (key, label) => html`<${ElButton} key=${label} type=${isShown(key) ? "primary" : ""} aria-pressed=${isShown(key)} onClick=${() => show(key)}>${label}<//>`;

    async function create(kind) {
      try {
        const made = await createPromotion(kind);
        if (made) router.push(`/promotions/${made.id}`);
      } catch (error) {
        fail(error);
      }
    }

    return () => html`
      <div>
        ${can("promotions.create") && html`
          <section class="card create-tiles" style=${TILES} aria-label="新建促销">${KINDS.map(([kind, label, hint]) => html`
            <button type="button" class="plain" key=${kind} onClick=${() => create(kind)} data-testid=${`create-${kind}`}><span><b>${label}</b><small>${hint}</small></span></button>`)}</section>`}
        <section class="card" style=${{ marginBottom: "12px" }}><div class="toolbar" style=${{ marginBottom: 0 }} role="group" aria-label="按状态查看" data-testid="stages">
          ${stageButton(null, "全部")}${STAGE_OPTIONS.map(([key, label]) => stageButton(key, `${label} ${state.stages[key] ?? 0}`))}
        </div></section>
        <${ListPage} ref=${list} url="/promotions" columns=${COLUMNS} filters=${FILTERS} rowActions=${PROMOTION_ACTIONS} sort="-created_at"
          detail=${({ id }) => `/promotions/${id}`} exportKind="promotions" emptyText="还没有促销" />
      </div>`;
  },
};

export default { title: "促销", component };
