// Dialogs that a page opens with a call and awaits: `await openDialog(FormDialog, { … })`.

import { html } from "../../../m/js/html.js";

const { markRaw, shallowReactive } = window.Vue;

const CLOSING_MS = 400; // the dialog leaves with a transition
const open = shallowReactive([]);
let lastId = 0;

/** Show a component until it emits `close`, and return the value that it emits. Gets `visible` as a prop. */
export function openDialog(component, props = {}) {
  return new Promise((resolve) => {
    const dialog = shallowReactive({ id: ++lastId, component: markRaw(component), props, visible: true });
    dialog.close = (value) => {
      if (!dialog.visible) return;
      dialog.visible = false;
      resolve(value);
      setTimeout(() => open.splice(open.indexOf(dialog), 1), CLOSING_MS);
    };
    open.push(dialog);
  });
}

/** Close all, when the person signs out. */
export const closeAllDialogs = () => [...open].forEach((dialog) => dialog.close(false));

export const DialogHost = {
  setup: () => () => open.map(({ id, component, props, visible, close }) => html`
    <${component} key=${id} ...${props} visible=${visible} onClose=${close} />`),
};
