// Codes read by the camera of a phone. The reader is loaded when it is first needed.

import { html } from "../../m/js/html.js";
import { closeDialog, openDialog } from "./state.js";

const { onMounted, onUnmounted, reactive, ref } = window.Vue;

const READER = new URL("../../vendor/zxing-wasm/reader/", import.meta.url).href;
const INTERVAL_MS = 150;
const OPTIONS = { formats: ["QRCode", "Code128", "EAN13", "EAN8"], maxNumberOfSymbols: 1, tryHarder: true };
let reader = null;

async function loadReader() {
  if (reader) return reader;
  reader = await import(`${READER}index.js`);
  reader.prepareZXingModule({ overrides: { locateFile: (name) => READER + name } });
  return reader;
}

export async function readImage(image) {
  const { readBarcodes } = await loadReader();
  const [found] = await readBarcodes(image, OPTIONS);
  return found?.text ?? "";
}

export const scanWithCamera = (onCode) => openDialog({ kind: "camera", title: "扫一扫", onCode });

export const CameraDialog = {
  props: ["dialog"],
  setup({ dialog }) {
    const video = ref(null);
    const state = reactive({ failure: "" });
    let [stream, timer, isEnded] = [null, 0, false];

    async function look(canvas) {
      const { videoWidth: width, videoHeight: height } = video.value ?? {};
      if (isEnded) return;
      if (width) {
        Object.assign(canvas, { width, height });
        const context = canvas.getContext("2d", { willReadFrequently: true });
        context.drawImage(video.value, 0, 0);
        const text = await readImage(context.getImageData(0, 0, width, height));
        if (text && !isEnded) {
          closeDialog(dialog.id);
          return dialog.onCode(text);
        }
      }
      timer = setTimeout(() => look(canvas).catch(fail), INTERVAL_MS);
    }

    const fail = () => (state.failure = "摄像头用不了，请检查权限，或手动输入号码");

    onMounted(async () => {
      try {
        stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
        if (isEnded) return stream.getTracks().forEach((track) => track.stop());
        video.value.srcObject = stream;
        await video.value.play();
        await look(document.createElement("canvas"));
      } catch {
        fail();
      }
    });
    onUnmounted(() => {
      isEnded = true;
      clearTimeout(timer);
      stream?.getTracks().forEach((track) => track.stop());
    });
    return () => html`
      <div class="body camera-body">
        ${state.failure ? html`<p class="failure" role="alert" data-testid="failure">${state.failure}</p>`
          : html`<video ref=${video} playsinline muted></video><p class="note">把条码或二维码放进画面</p>`}
      </div>`;
  },
};
