// Fields of the forms of bookings.

import { html } from "../html.js";

/** A line, or with `rows` several. */
export function textField({ name, label, required = false, max, autocomplete = "off", inputmode = "text", placeholder = "", rows = 0 }, values) {
  const onInput = (event) => (values[name] = event.target.value);
  return html`
    <label key=${name}><span>${label}${required ? "" : html`<small>（选填）</small>`}</span>
      ${rows ? html`<textarea name=${name} rows=${rows} maxlength=${max} placeholder=${placeholder} value=${values[name]} onInput=${onInput} />`
        : html`<input name=${name} required=${required} maxlength=${max} autocomplete=${autocomplete} inputmode=${inputmode} placeholder=${placeholder} value=${values[name]} onInput=${onInput} />`}
    </label>`;
}

/** A question of a service; its answer stays under the label. */
export function answerField({ label, kind, is_required: required, options }, answers) {
  if (kind !== "choice") return textField({ name: label, label, required, max: 200, inputmode: kind === "number" ? "numeric" : "text" }, answers);
  return html`
    <label key=${label}><span>${label}${required ? "" : html`<small>（选填）</small>`}</span>
      <select name=${label} required=${required} value=${answers[label] ?? ""} onChange=${(event) => (answers[label] = event.target.value)}>
        <option value="">请选择</option>${options.map((one) => html`<option key=${one} value=${one}>${one}</option>`)}
      </select>
    </label>`;
}
