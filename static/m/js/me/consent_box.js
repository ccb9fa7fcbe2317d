// The consent to the agreements: a box, not ticked in advance, beside the links to both texts.

import { get } from "../api.js";
import { html } from "../html.js";
import { pageUrl } from "../page_context.js";

/** Returns the agreements of which the current version is not accepted, `{kind, title, current_version}` each. */
export async function loadDueAgreements() {
  return (await get("/api/me/consents")).list.filter((one) => !one.is_current);
}

/** Returns the versions to send: `{terms: 2, privacy: 1}`. */
export function versionsOf(due) {
  return Object.fromEntries(due.map((one) => [one.kind, one.current_version]));
}

/** `state` holds `due` and `isTicked`. */
export function consentBox(state) {
  if (!state.due.length) return null;
  return html`
    <label class="consent">
      <input type="checkbox" name="consent" checked=${state.isTicked} data-testid="consent"
        onChange=${(event) => (state.isTicked = event.target.checked)} />
      <span>我已阅读并同意${state.due.map(agreementLink)}</span>
    </label>`;
}

export function agreementLink({ kind, title }) {
  return html`<a key=${kind} href=${pageUrl(kind)} target="_blank" rel="noopener" data-testid=${`link-${kind}`}>《${title}》</a>`;
}

export const DUE_MESSAGE = "请先阅读并同意用户协议和隐私政策";
