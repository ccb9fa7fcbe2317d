// Sign-in: the terminal is remembered on this device, the cashier gives number and PIN.

import { send, setToken } from "./api.js";
import * as device from "./device.js";
import { html } from "../../m/js/html.js";
import { loadSession } from "./menu.js";
import { open as openShift } from "./shifts.js";
import { state } from "./state.js";
import { unlock } from "./sound.js";

const { nextTick, onMounted, reactive, ref } = window.Vue;

export const SignIn = {
  setup() {
    const root = ref(null);
    const known = device.read("terminal");
    const typed = reactive({ terminal: known?.code ?? "", secret: known?.secret ?? "", cashier: device.read("cashier", ""), pin: "" });
    const view = reactive({ failure: "", busy: false, isKnown: Boolean(known) });
    const inputs = () => [...root.value.querySelectorAll("input")];
    const focusFirstEmpty = () => (inputs().find((input) => !input.value) ?? inputs()[0])?.focus();

    async function submit(event) {
      event.preventDefault();
      unlock();
      const empty = inputs().find((input) => !input.value.trim());
      if (empty) return empty.focus();
      Object.assign(view, { busy: true, failure: "" });
      try {
        await signIn({ ...typed });
      } catch (error) {
        view.failure = error.message;
        typed.pin = "";
        nextTick(focusFirstEmpty);
      } finally {
        view.busy = false;
      }
    }

    function forgetTerminal() {
      device.write("terminal", null);
      Object.assign(typed, { terminal: "", secret: "" });
      view.isKnown = false;
      nextTick(focusFirstEmpty);
    }

    const field = (name, label, kind = "text") => html`
      <label class="field"><span>${label}</span><input name=${name} type=${kind} autocomplete="off" inputmode=${name === "pin" || name === "cashier" ? "numeric" : "text"}
        value=${typed[name]} onInput=${(event) => (typed[name] = event.target.value)} /></label>`;

    onMounted(focusFirstEmpty);
    return () => html`
      <main class="sign-in">
        <form ref=${root} onSubmit=${submit} autocomplete="off">
          <h1>收银台</h1><p class="note">${known?.store ?? "请用终端密钥登录，密钥只保存在这台设备上"}</p>
          ${view.isKnown ? html`<p class="terminal">终端 ${known.name || typed.terminal}<button type="button" class="plain" onClick=${forgetTerminal}>更换终端</button></p>`
            : [field("terminal", "终端编号"), field("secret", "终端密钥", "password")]}
          ${field("cashier", "收银员编号")}
          ${field("pin", "PIN", "password")}
          ${view.failure && html`<p class="failure" role="alert" data-testid="failure">${view.failure}</p>`}
          <button type="submit" class="submit" disabled=${view.busy} data-testid="sign-in">${view.busy ? "正在登录……" : "登录"} <kbd>Enter</kbd></button>
        </form>
      </main>`;
  },
};

async function signIn(typed) {
  const answer = await send("POST", "/till/sessions", typed, device.randomKey());
  if (device.read("terminal")?.code !== typed.terminal) device.write("news", null); // positions are of a terminal
  device.write("terminal", { code: typed.terminal, secret: typed.secret, name: answer.terminal.name, store: answer.terminal.store?.name });
  device.write("cashier", typed.cashier);
  setToken(answer.token);
  await loadSession();
  if (!state.session.shift) openShift();
}
