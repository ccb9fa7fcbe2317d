// Signing out: a form, because the session is the server's to end.

import { html } from "../html.js";
import { account } from "../page_context.js";

export function signOut() {
  return html`
    <form class="sign-out" method="post" action=${`/m/sign-out?a=${encodeURIComponent(account)}`}>
      <button data-testid="sign-out">退出登录</button>
    </form>`;
}
