// 导出: a job on the server with its progress, then the download of the file. It goes on when the dialog is closed.

import { html } from "../../../m/js/html.js";
import { del, fileUrl, get, post } from "../api.js";
import { fail, succeed } from "../feedback.js";
import { icon } from "../icon.js";

const { ElButton, ElDialog, ElProgress } = window.ElementPlus;
const { onBeforeUnmount, reactive } = window.Vue;
const INTERVAL_MS = 1000;
const RUNNING = ["waiting", "running"];

/** `filters` is a function that returns the filters of the list. */
export const ExportButton = {
  props: { kind: String, filters: { default: () => () => ({}) }, label: { default: "导出" } },
  setup(props) {
    const state = reactive({ job: null, open: false, failure: "" });
    let timer = null;

    async function begin() {
      clearTimeout(timer);
      Object.assign(state, { job: null, failure: "", open: true });
      try {
        follow(await post("/exports", { kind: props.kind, filters: props.filters() }));
      } catch (error) {
        state.open = false;
        fail(error);
      }
    }

    function follow(job) {
      state.job = job;
      if (RUNNING.includes(job.state)) timer = setTimeout(refresh, INTERVAL_MS);
      else if (job.state === "done" && state.open) download();
      else if (job.state === "done") succeed("导出已完成，请到“我的导出”下载");
    }

    async function refresh() {
      try {
        follow(await get(`/exports/${state.job.id}`));
      } catch (error) {
        if (error.code === "offline") timer = setTimeout(refresh, INTERVAL_MS);
        else state.failure = error.msg;
      }
    }

    function download() {
      const link = Object.assign(document.createElement("a"), { href: fileUrl(`/exports/${state.job.id}/file`), download: "" });
      link.click();
    }

    function close() {
      state.open = false;
      if (isRunning()) succeed("导出在后台继续，完成后可在“我的导出”下载");
    }

    async function cancel() {
      clearTimeout(timer);
      state.open = false;
      await del(`/exports/${state.job.id}`).catch(fail);
    }

    const isRunning = () => RUNNING.includes(state.job?.state);

    onBeforeUnmount(() => clearTimeout(timer));
    return () => html`
      <${ElButton} onClick=${begin} data-testid="export">${icon("download")} ${props.label}<//>
      <${ElDialog} modelValue=${state.open} title="导出" width="min(420px, calc(100vw - 20px))" beforeClose=${close} closeOnClickModal=${false} alignCenter=${true} appendToBody=${true}>
        ${{
          default: () => html`
            <div role="status" data-testid="export-state"><p class="notice">${describe(state)}</p>
              <${ElProgress} percentage=${percentOf(state.job)} status=${state.job?.state === "done" ? "success" : state.job?.state === "failed" ? "exception" : ""} aria-label="导出进度" /></div>`,
          footer: () => html`
            ${isRunning() && html`<${ElButton} onClick=${cancel}>取消导出<//>`}
            <${ElButton} onClick=${close}>${isRunning() ? "后台继续" : "关闭"}<//>
            ${state.job?.state === "done" && html`<${ElButton} type="primary" onClick=${download}>下载<//>`}`,
        }}
      <//>`;
  },
};

function describe({ job, failure }) {
  if (failure) return failure;
  if (!job) return "正在提交……";
  const rows = (job.rows_done ?? 0).toLocaleString("zh-CN");
  return {
    waiting: "正在排队……", running: `已写入 ${rows} 行……`, done: `已完成，共 ${rows} 行。文件保存 7 天。`,
    failed: `导出失败：${job.error || "请稍后再试"}`, cancelled: "已取消",
  }[job.state];
}

function percentOf(job) {
  if (job?.state === "done") return 100;
  return job?.rows_total ? Math.min(99, Math.floor((100 * (job.rows_done ?? 0)) / job.rows_total)) : 0;
}
