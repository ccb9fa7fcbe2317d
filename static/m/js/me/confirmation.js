// The end of a page that cannot be undone: a box to tick, a button, and one more question.

import { html } from "../html.js";
import { pageUrl } from "../page_context.js";

const { reactive } = window.Vue;
const { Button, showConfirmDialog } = window.vant;

/** `perform` does it, and throws what the person should read. */
export const Confirmation = {
  props: { label: String, button: String, question: String, perform: Function },
  setup(props) {
    const state = reactive({ isTicked: false, failure: "", busy: false });

    async function confirm() {
      if (!state.isTicked) return (state.failure = "请先勾选确认");
      const agreed = await showConfirmDialog({ title: props.button, message: props.question, confirmButtonText: "确定" })
        .then(() => true, () => false);
      if (!agreed) return;
      Object.assign(state, { failure: "", busy: true });
      try {
        await props.perform();
      } catch (error) {
        state.failure = error.message;
      } finally {
        state.busy = false;
      }
    }

    return () => html`
      <section class="card">
        <label class="consent">
          <input type="checkbox" checked=${state.isTicked} data-testid="understood"
            onChange=${(event) => (state.isTicked = event.target.checked)} />
          <span>${props.label}</span>
        </label>
        <p class="error-text" role="alert" data-testid="failure">${state.failure}</p>
        <div class="confirm-actions">
          <${Button} type="danger" block=${true} round=${true} loading=${state.busy} onClick=${confirm} data-testid="confirm">${props.button}<//>
          <a class="back-link" href=${pageUrl("profile")}>返回个人资料</a>
        </div>
      </section>`;
  },
};
