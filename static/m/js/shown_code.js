// A code for the cashier's scanner: bar code, QR code, grouped digits, and what to do when it is not read.

import { html } from "./html.js";

export function shownCode({ code, barCode, qrCode, label }) {
  return html`
    <div class="shown-code">
      <img class="bar-code" src=${barCode} width="308" height="100" alt=${`${label}条形码`} data-testid="bar-code" />
      <p class="code-digits" data-testid="code-digits">${code.replace(/(.{4})(?=.)/g, "$1 ")}</p>
      <img class="qr-code" src=${qrCode} width="200" height="200" alt=${`${label}二维码`} data-testid="code-picture" />
      <p class="hint">扫不出来时，请将屏幕亮度调高</p>
    </div>`;
}
