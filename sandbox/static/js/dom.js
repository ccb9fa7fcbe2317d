// DOM helpers. Texts become text nodes, otherwise a message could inject markup.

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

/** Replaces the children if the data has changed. Otherwise polling would reset scroll positions and focus. */
export function renderIfChanged(parent, data, build) {
  const rendered = JSON.stringify(data);
  if (parent.renderedData === rendered) return false;
  parent.renderedData = rendered;
  parent.replaceChildren(...[build()].flat());
  return true;
}

/** Returns the text with escapes such as \u0008 as characters, so that invisible ones can be typed. */
export function unescapeText(text) {
  return text.replace(/\\u([0-9a-f]{4})/gi, (escape, digits) => {
    const code = parseInt(digits, 16);
    return code >= 0xd800 && code <= 0xdfff ? escape : String.fromCharCode(code);
  });
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

/** Runs the work of a button and shows its error. The button is disabled meanwhile. */
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
