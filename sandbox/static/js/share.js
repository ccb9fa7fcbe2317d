// Passing the address of a page on to another person, and the links that the person received.

import { api } from "./api.js";
import { openBrowser, openedUrl } from "./browser.js";
import { attempt, byId, el, formatTime, renderIfChanged, toast } from "./dom.js";
import { state } from "./state.js";

const ADDRESS = /https?:\/\/[^\s，。；]+/;

export function startShare() {
  byId("browser-share").addEventListener("click", () => (byId("share").hidden ? openShare() : closeShare()));
}

export function closeShare() {
  byId("share").hidden = true;
}

function openShare() {
  const others = state.people.filter((person) => person.id !== state.person.id);
  // The frame hides where it has gone, so a link that a page shows to be copied is pasted here.
  const input = el("textarea", { testid: "share-url", rows: "2", "aria-label": "链接" });
  input.value = openedUrl();
  const buttons = others.map((person) => {
    const button = el("button", { type: "button", testid: `share-${person.id}` }, person.name);
    button.addEventListener("click", () => attempt(button, () => share(input.value, person)));
    return button;
  });
  byId("share").replaceChildren(
    el("p", { class: "hint" }, "把链接发给（也可粘贴页面上复制的链接）"),
    input,
    el("div", { class: "presets" }, buttons),
  );
  byId("share").hidden = false;
}

async function share(text, receiver) {
  const url = text.match(ADDRESS)?.[0];
  if (!url) return toast("没有找到网址");
  await api.share(receiver.id, { url, sender: state.person.id });
  closeShare();
  toast(`已发给${receiver.name}`);
}

export async function showReceivedLinks() {
  if (!state.person) return;
  const { links } = await api.receivedLinks(state.person.id);
  byId("links-section").hidden = links.length === 0;
  renderIfChanged(byId("links"), [state.person.id, links], () => links.map(linkButton));
}

function linkButton(link, n) {
  const url = new URL(link.url);
  return el(
    "button",
    { class: "choice", testid: `link-${n}`, title: link.url, onclick: () => openBrowser(link.url) },
    el("b", {}, `${link.sender_name}发来的链接`),
    el("small", {}, `${formatTime(link.sent_at)} ${url.pathname}`),
  );
}
