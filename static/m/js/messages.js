// My messages: all or only the unread ones, the latest first; a tap marks one as read and opens its page.

import { get, patch, post, remove } from "./api.js";
import { html } from "./html.js";
import { pageUrl, pathUrl } from "./page_context.js";
import { mountMemberPage } from "./page_shell.js";
import { messageRow } from "./messages/message_row.js";

const { reactive } = window.Vue;
const { Button, Empty, Skeleton, Tab, Tabs, showConfirmDialog, showToast } = window.vant;
const PAGE_SIZE = 20;
const EMPTY_TEXTS = { all: "还没有消息", unread: "没有未读消息" };

const readPage = (tab, cursor) =>
  get("/api/me/messages", { unread: tab === "unread" ? "true" : "", page_size: PAGE_SIZE, after: cursor });

const Inbox = {
  props: { first: Object },
  setup(props) {
    const state = reactive({ tab: "all", messages: [], cursor: null, unread: 0, loaded: false, loading: false, failure: "", busy: false });
    let latestRequest = 0;

    function addPage(found) {
      state.messages.push(...found.list);
      Object.assign(state, { cursor: found.has_more ? found.next_cursor : null, unread: found.unread_count, loaded: true });
    }

    async function loadMore() {
      const requestNumber = ++latestRequest; // an answer to a tab that was left meanwhile is no longer wanted
      Object.assign(state, { loading: true, failure: "" });
      try {
        const found = await readPage(state.tab, state.cursor);
        if (requestNumber === latestRequest) addPage(found);
      } catch (error) {
        if (requestNumber === latestRequest) state.failure = error.message;
      } finally {
        if (requestNumber === latestRequest) state.loading = false;
      }
    }

    function turnTo(tab) {
      Object.assign(state, { tab, messages: [], cursor: null, loaded: false });
      return loadMore();
    }

    async function open(message) {
      if (message.unread) await markRead(message).catch(() => null); // its page opens all the same
      location.assign(pathUrl(message.path));
    }

    /** Also on this page, which the browser may show again as it was left. */
    async function markRead(message) {
      await patch(messageEndpoint(message), { read: true });
      message.unread = false;
      state.unread = Math.max(0, state.unread - 1);
    }

    async function discard(message) {
      if (!(await confirm("删除消息", `删除「${message.title}」？`))) return;
      await attempt(async () => {
        await remove(messageEndpoint(message));
        state.messages = state.messages.filter(({ id }) => id !== message.id);
        if (message.unread) state.unread = Math.max(0, state.unread - 1);
        if (!state.messages.length && state.cursor) await loadMore();
      });
    }

    async function markAllRead() {
      await attempt(async () => {
        await post("/api/me/messages/read");
        await turnTo(state.tab);
      });
    }

    async function attempt(action) {
      state.busy = true;
      try {
        await action();
      } catch (error) {
        showToast(error.message);
      } finally {
        state.busy = false;
      }
    }

    addPage(props.first);
    return () => html`
      <div>
        ${header(state, markAllRead)}
        <${Tabs} active=${state.tab} ...${{ "onUpdate:active": turnTo }} class="message-tabs">
          <${Tab} name="all" title="全部" />
          <${Tab} name="unread" title=${state.unread ? `未读 ${state.unread}` : "未读"} />
        <//>
        <ul class="messages-list">${state.messages.map((message) => messageRow(message, { open, discard }))}</ul>
        ${listEnd(state, loadMore)}
      </div>`;
  },
};

mountMemberPage("messages", () => readPage("all", null), (first) => html`<${Inbox} first=${first} />`);

function messageEndpoint({ id }) {
  return `/api/me/messages/${encodeURIComponent(id)}`;
}

function confirm(title, message) {
  return showConfirmDialog({ title, message, confirmButtonText: "删除" }).then(() => true, () => false);
}

function header({ unread, busy }, markAllRead) {
  return html`
    <div class="messages-head">
      <h1>我的消息</h1>
      ${unread > 0 && html`<button type="button" disabled=${busy} onClick=${markAllRead} data-testid="read-all">全部已读</button>`}
      <a href=${pageUrl("message-settings")} data-testid="link-message-settings">消息设置</a>
    </div>`;
}

function listEnd({ tab, messages, cursor, loaded, loading, failure }, loadMore) {
  if (failure) {
    return html`
      <div class="error-text" role="alert" data-testid="load-error">
        <p>${failure}</p>
        <${Button} size="small" round=${true} onClick=${loadMore} data-testid="retry">重试<//>
      </div>`;
  }
  if (!loaded) return html`<section class="card"><${Skeleton} row=${3} /></section>`;
  if (!messages.length && !loading) return html`<${Empty} description=${EMPTY_TEXTS[tab]} data-testid="empty" />`;
  if (!cursor) return null;
  return html`<${Button} block=${true} size="small" plain=${true} round=${true} loading=${loading} onClick=${loadMore} data-testid="more">加载更多<//>`;
}
