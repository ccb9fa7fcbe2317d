// 导入: a file, a dry run that lists the errors by line, then the import itself. `openImport({ title, url, columns })`.

import { html } from "../../../m/js/html.js";
import { get, post } from "../api.js";
import { succeed } from "../feedback.js";
import { bytes } from "../format.js";
import { openDialog } from "./dialogs.js";

const { ElButton, ElDialog, ElTable, ElTableColumn } = window.ElementPlus;
const { reactive } = window.Vue;
const MAX_BYTES = 900_000;
const SHOWN_ERRORS = 200;

/** Open the import and return "saved", or false if the person cancelled. */
export const openImport = (props) => openDialog(ImportDialog, props).then((outcome) => outcome ?? false);

export const ImportDialog = {
  props: { visible: { default: true }, title: { default: "导入" }, url: String, columns: { default: () => [] }, template: String, accept: { default: ".xlsx,.csv" }, note: String, unit: { default: "行" }, params: { default: () => ({}) }, progress: Boolean },
  emits: ["close"],
  setup(props, { emit }) {
    const state = reactive({ file: null, plan: null, busy: false, failure: "", progress: null });

    /** Ask how far the server is until it has answered. */
    async function follow(key) {
      state.progress = null;
      while (state.busy) {
        await new Promise((resolve) => setTimeout(resolve, 800));
        if (state.busy) state.progress = await get(`${props.url}/progress`, { key }).catch(() => state.progress);
      }
    }

    async function send(isDryRun) {
      const form = new FormData();
      form.append("file", state.file);
      form.append("dry_run", isDryRun ? "true" : "false");
      if (state.plan?.version) form.append("version", state.plan.version); // the server rejects it if anything has changed since
      Object.entries(props.params).forEach(([name, value]) => form.append(name, value));
      Object.assign(state, { busy: true, failure: "" });
      if (props.progress) {
        const key = crypto.randomUUID?.() ?? String(Math.random());
        form.append("progress", key);
        follow(key);
      }
      try {
        return await post(props.url, form);
      } catch (error) {
        state.failure = error.msg ?? "没有导入，请稍后再试";
        return null;
      } finally {
        state.busy = false;
      }
    }

    async function choose(event) {
      const [file] = event.target.files;
      event.target.value = "";
      if (!file) return;
      Object.assign(state, { file, plan: null, failure: file.size > MAX_BYTES ? `文件不能超过 ${bytes(MAX_BYTES)}，请分成几份` : "" });
      if (!state.failure) state.plan = await send(true);
    }

    async function apply() {
      const done = await send(false);
      if (!done) return;
      succeed(`已导入 ${done.created + done.updated} ${props.unit}`);
      emit("close", "saved");
    }

    const canApply = () => state.plan && !state.plan.errors.length && state.plan.created + state.plan.updated > 0;
    return () => html`
      <${ElDialog} modelValue=${props.visible} title=${props.title} width="min(640px, calc(100vw - 20px))" beforeClose=${() => state.busy || emit("close", false)} closeOnClickModal=${false} alignCenter=${true} appendToBody=${true}>
        ${{
          default: () => html`
            <div>
              ${props.note && html`<p class="notice">${props.note}</p>`}
              ${props.columns.length > 0 && html`<p class="notice">第一行为列名：${props.columns.join("、")}</p>`}
              <p><label class="el-button"><input type="file" class="visually-hidden" accept=${props.accept} disabled=${state.busy} onChange=${choose} data-testid="import-file" />选择文件</label>
                ${props.template && html` <a href=${props.template} download>下载模板</a>`}
                ${state.file && html` <span>${state.file.name}（${bytes(state.file.size)}）</span>`}</p>
              ${state.busy && html`<p role="status">${progressText(state.progress)}</p>`}
              ${state.failure && html`<p class="failure" role="alert">${state.failure}</p>`}
              ${state.plan && planView(state.plan, props.unit)}
            </div>`,
          footer: () => html`
            <${ElButton} disabled=${state.busy} onClick=${() => emit("close", false)}>取消<//>
            <${ElButton} type="primary" disabled=${!canApply()} loading=${state.busy} onClick=${apply} data-testid="import-apply">确认导入<//>`,
        }}
      <//>`;
  },
};

function progressText(progress) {
  if (!progress?.total) return "正在处理……";
  return progress.done < progress.total ? `正在检查：${progress.done} / ${progress.total} 行` : "检查完成，正在写入……";
}

function planView({ rows, created, updated, errors, summary: detail }, unit) {
  const summary = `共 ${rows} ${unit}：新增 ${created}，修改 ${updated}，不变 ${Math.max(0, rows - created - updated - errors.length)}${detail ? `。${detail}` : ""}`;
  if (!errors.length) return html`<p role="status" data-testid="import-plan">${summary}。核对后点“确认导入”。</p>`;
  return html`
    <p class="failure" role="alert" data-testid="import-plan">${summary}；${errors.length} 处错误，请改好后重新选择文件。</p>
    <${ElTable} data=${errors.slice(0, SHOWN_ERRORS)} maxHeight=${260} size="small" border=${true}>
      ${{ default: () => [
        html`<${ElTableColumn} prop="line" label="行" width="70" />`,
        html`<${ElTableColumn} prop="message" label="原因" minWidth="200" />`,
      ] }}
    <//>`;
}
