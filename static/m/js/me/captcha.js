// The picture whose characters are typed before another code is sent. It is loaded when the server asks for it.

import { post } from "../api.js";
import { html } from "../html.js";

const { Field, showToast } = window.vant;

/** Whether the server asks for a picture, or for another one after a wrong answer. */
export const asksForCaptcha = (error) => error.code === "captcha_required" || error.code === "captcha_wrong";

/** Put a new picture into the state; the answer to the one before is gone. */
export async function loadCaptcha(state) {
  state.captchaAnswer = "";
  try {
    state.captcha = await post("/api/captchas", {});
  } catch (error) {
    showToast(error.message);
  }
}

/** What goes with the phone: the picture's number and the answer, or nothing. */
export function captchaParts({ captcha, captchaAnswer }) {
  return captcha ? { captcha_id: captcha.captcha_id, captcha_answer: captchaAnswer } : {};
}

export function captchaField(state) {
  const picture = () => html`
    <button type="button" class="captcha" aria-label="看不清，换一张" data-testid="captcha" onClick=${() => loadCaptcha(state)}>
      <img src=${state.captcha.image} alt="图片验证码" width="120" height="45" />
    </button>`;
  return html`
    <${Field} modelValue=${state.captchaAnswer} name="captcha" maxlength="4" label="图形码" placeholder="图中字符" autocomplete="off" autocapitalize="characters"
      ...${{ "onUpdate:modelValue": (text) => (state.captchaAnswer = text.trim()) }}>
      ${{ button: picture }}
    <//>`;
}
