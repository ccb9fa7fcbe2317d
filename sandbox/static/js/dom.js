// Elements: built from text nodes only, so that nothing a message says can become markup.

export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "testid") element.dataset.testid = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
  return element;
}

export const byId = (id) => document.getElementById(id);

/** Puts the children there unless the same data was shown last, so that polling disturbs no reader. */
export function renderIfChanged(parent, data, build) {
  const seen = JSON.stringify(data);
  if (parent.renderedData === seen) return false;
  parent.renderedData = seen;
  parent.replaceChildren(...[build()].flat());
  return true;
}

export function isWebAddress(url) {
  return /^https?:\/\/[^\s]+$/i.test(url || "");
}

let toastTimer = 0;

export function toast(message) {
  const box = byId("toast");
  box.textContent = message;
  box.hidden = false;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => (box.hidden = true), 4000);
}

/** Runs what a button does and shows its failure; the button rests meanwhile. */
export async function attempt(button, work) {
  if (button) button.disabled = true;
  try {
    return await work();
  } catch (error) {
    toast(error.message);
    return null;
  } finally {
    if (button) button.disabled = false;
  }
}

export function formatTime(seconds) {
  const time = new Date(seconds * 1000);
  const clock = time.toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit", hour12: false });
  const today = new Date().toDateString() === time.toDateString();
  return today ? clock : `${time.getMonth() + 1}月${time.getDate()}日 ${clock}`;
}
