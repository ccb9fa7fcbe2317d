// Dialogs that every noun uses: a form, and a choice out of a list. Both work with the keyboard alone.

import { html } from "../../m/js/html.js";
import { FormDialog } from "./form_dialog.js";
import { ListDialog } from "./list_dialog.js";
import { CameraDialog } from "./camera.js";
import { CodeDialog } from "./code_dialog.js";
import { SlipDialog } from "./slip.js";
import { closeDialog, openDialog, state } from "./state.js";

const KINDS = { form: FormDialog, list: ListDialog, code: CodeDialog, slip: SlipDialog, camera: CameraDialog };

/** `fields` of {name, label, kind: text | money | whole | secret | choice | tick, value, optional, quick, options, when}. */
export const form = (options) => openDialog({ kind: "form", ...options });

/** `items` of {label, detail, right, disabled, value}; `choose(item)`, or `choose(items)` if `multiple`. */
export const choose = (options) => openDialog({ kind: "list", ...options });

export function confirm({ title, note, submitLabel, submit }) {
  return form({ title, note, submitLabel, fields: [], submit, danger: true });
}

export function dialogLayer() {
  return state.dialogs.map((dialog, index) => html`
    <div class=${["layer", index < state.dialogs.length - 1 && "behind"]} key=${dialog.id} onMousedown=${(event) => event.target === event.currentTarget && closeDialog(dialog.id)}>
      <section class=${["dialog", dialog.kind]} role="dialog" aria-modal="true" aria-label=${dialog.title} data-testid=${`dialog-${dialog.kind}`}>
        <header><h2>${dialog.title}</h2><button type="button" class="plain" onClick=${() => closeDialog(dialog.id)}>关闭 <kbd>Esc</kbd></button></header>
        <${KINDS[dialog.kind]} dialog=${dialog} />
      </section>
    </div>`);
}
