// The pages of a list: 显示 a 至 b 共 n 条, rows a page, page numbers.

import { html } from "../../../m/js/html.js";
import { PAGE_SIZES } from "./list-query.js";

const { ElPagination } = window.ElementPlus;
const { ref } = window.Vue;

const phone = window.matchMedia("(max-width: 767px)");
const isPhone = ref(phone.matches);
phone.addEventListener("change", ({ matches }) => (isPhone.value = matches));

export const Paging = {
  props: ["page", "size", "total", "count"],
  emits: ["page", "size"],
  setup(props, { emit }) {
    const first = () => (props.page - 1) * props.size + 1;
    return () => html`
      <div class="pages">
        <span data-testid="range">${props.total ? `显示 ${first()} 至 ${first() + props.count - 1} 共 ${props.total.toLocaleString("zh-CN")} 条` : "共 0 条"}</span>
        <label>每页 <select class="size" aria-label="每页条数" value=${props.size} onChange=${(event) => emit("size", Number(event.target.value))} data-testid="page-size">
          ${PAGE_SIZES.map((size) => html`<option key=${size} value=${size} selected=${size === props.size}>${size}</option>`)}
        </select> 条</label>
        <${ElPagination} layout=${isPhone.value ? "prev, pager, next" : "prev, pager, next, jumper"} pagerCount=${5} background=${true} currentPage=${props.page} pageSize=${props.size}
          total=${props.total} onCurrentChange=${(page) => page !== props.page && emit("page", page)} />
      </div>`;
  },
};
