// Message bubbles by kind of message.

import { openBrowser } from "./browser.js";
import { el, isWebAddress } from "./dom.js";
import { blockSwitch, templateCard } from "./template_messages.js";

const LINK = /<a\s[^>]*?href\s*=\s*["']([^"'<>]+)["'][^>]*>([^<]*)<\/a>|https?:\/\/[\w\-.~:/?#[\]@!$&()*+,;=%]+/gi;

export function messageBubble(line, { person, account }) {
  if (line.side === "note") return el("p", { class: `note ${line.kind}`, testid: "note" }, line.content.Content);
  const isOwn = line.side === "out";
  const avatar = el("div", { class: isOwn ? "avatar" : "avatar account" }, (isOwn ? person : account).name.slice(0, 1));
  const body = el("div", { class: `bubble ${line.kind}` }, messageContent(line));
  const waiting = isOwn && line.push?.outcome === "waiting" ? el("span", { class: "waiting", "aria-label": "发送中" }) : null;
  return el("div", { class: isOwn ? "line mine" : "line", testid: isOwn ? "bubble-out" : "bubble-in" }, avatar, body, waiting);
}

function messageContent({ kind, content }) {
  const build = RENDERERS[kind];
  return build ? build(content) : el("i", {}, `[${kind}]`);
}

const RENDERERS = {
  text: (content) => linkify(content.Content),
  news: (content) => content.Articles.map(article),
  image: (content) => (isWebAddress(content.PicUrl) ? picture(content.PicUrl) : el("i", {}, "[图片]")),
  voice: (content) => [el("span", {}, "[语音]"), content.Recognition ? el("small", {}, content.Recognition) : null],
  video: (content) => [el("i", {}, "[视频]"), el("small", {}, content.Video?.Title || "")],
  music: (content) => [el("i", {}, "[音乐]"), el("small", {}, content.Music?.Title || "")],
  location: (content) => [
    el("b", {}, content.Label),
    el("small", {}, `${content.Location_Y}, ${content.Location_X}（GCJ-02）`),
  ],
  link: (content) => linkTo(content.Url, el("b", {}, content.Title), el("small", {}, content.Description)),
  miniprogrampage: (content) => [el("b", {}, content.Title || "小程序"), el("small", {}, `小程序 ${content.PagePath}`)],
  template: (content) => [linkTo(content.mini_program ? "" : content.url, templateCard(content)), blockSwitch()],
  transfer_customer_service: () => el("i", {}, "已转人工客服"),
};

/** Returns the text with links for URLs and `<a href>`s. Other tags stay text. */
function linkify(text) {
  const parts = [];
  let end = 0;
  for (const match of text.matchAll(LINK)) {
    const url = match[1] ?? match[0];
    if (!isWebAddress(url)) continue;
    parts.push(text.slice(end, match.index), linkTo(url, match[1] ? match[2] : url));
    end = match.index + match[0].length;
  }
  return [...parts, text.slice(end)];
}

function linkTo(url, ...children) {
  if (!isWebAddress(url)) return el("span", {}, children);
  const open = (event) => {
    event.preventDefault();
    openBrowser(url);
  };
  return el("a", { href: url, onclick: open }, children);
}

function article(item) {
  const inner = [
    el("b", {}, item.Title),
    isWebAddress(item.PicUrl) ? picture(item.PicUrl) : null,
    item.Description ? el("p", {}, item.Description) : null,
    isWebAddress(item.Url) ? el("small", {}, "查看详情 ›") : null,
  ];
  const card = linkTo(item.Url, inner);
  card.dataset.testid = "article";
  card.classList.add("article");
  return card;
}

function picture(url) {
  const image = el("img", { src: url, alt: "图片", referrerpolicy: "no-referrer" });
  image.addEventListener("error", () => image.replaceWith(el("span", { class: "no-picture" }, "图片打不开")));
  return image;
}
