// A message of mine in the list: whether it is unread, its title, time and text, and a button to delete it.

import { momentText } from "../days.js";
import { html } from "../html.js";

const { Icon } = window.vant;

export function messageRow(message, { open, discard }) {
  const { id, title, text, unread, created_at } = message;
  return html`
    <li key=${id} class=${["card", "message", { unread }]} data-testid="message">
      <button type="button" class="message-main" onClick=${() => open(message)} data-testid="open">
        <span class="message-title">
          ${unread && html`<i class="unread-dot" role="img" aria-label="未读" data-testid="unread"></i>`}
          <b>${title}</b>
        </span>
        <span class="message-text">${text}</span>
        <small>${momentText(created_at)}</small>
      </button>
      <button type="button" class="message-delete" aria-label=${`删除「${title}」`} onClick=${() => discard(message)} data-testid="delete"><${Icon} name="delete-o" /></button>
    </li>`;
}
