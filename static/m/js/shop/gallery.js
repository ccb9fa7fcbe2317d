// Pictures of a shop: advertisements on top, photographs below. One that does not load makes no hole.

import { html } from "../html.js";
import { safeUrl } from "../shop_display.js";

const { Swipe, SwipeItem, showImagePreview } = window.vant;
const ROTATION_MS = 4000;

export function advertisements(shop) {
  const shown = shop.advertisements.filter(({ picture }) => safeUrl(picture));
  if (!shown.length || shop.state === "closed") return null;
  return html`
    <${Swipe} class="advertisements" autoplay=${ROTATION_MS} data-testid="advertisements">
      ${shown.map((one, at) => html`<${SwipeItem} key=${at}>${advertisement(one)}<//>`)}
    <//>`;
}

function advertisement({ picture, title, link }) {
  const content = [
    html`<img src=${safeUrl(picture)} alt=${title} onError=${hide} />`,
    title && html`<span class="advertisement-title">${title}</span>`,
  ];
  const href = safeUrl(link);
  if (!href) return html`<div class="advertisement">${content}</div>`;
  return html`<a class="advertisement" href=${href} rel="noopener noreferrer">${content}</a>`;
}

export function pictures(shop) {
  const shown = shop.pictures.map(safeUrl).filter(Boolean);
  if (!shown.length) return null;
  return html`
    <section class="card">
      <h2>门店照片</h2>
      <div class="pictures" data-testid="pictures">${shown.map((picture, at) => photograph(picture, at, shown))}</div>
    </section>`;
}

function photograph(picture, at, all) {
  const enlarge = () => showImagePreview({ images: all, startPosition: at, closeable: true });
  return html`
    <button key=${at} type="button" onClick=${enlarge} aria-label=${`放大第 ${at + 1} 张照片`}>
      <img src=${picture} alt="" loading="lazy" onError=${hide} />
    </button>`;
}

function hide({ target }) {
  target.parentElement.hidden = true;
}
