// The staff console: sign-in, or the frame with menu, tabs and the current page.

import { html } from "../../m/js/html.js";
import { DialogHost } from "./blocks/dialogs.js";
import { Frame } from "./layout/frame.js";
import { router } from "./router.js";
import { session } from "./session.js";

const { createApp } = window.Vue;
const { RouterView, useRoute } = window.VueRouter;
const { ElConfigProvider } = window.ElementPlus;
const zhCn = window.ElementPlusLocaleZhCn;

const App = {
  setup() {
    const route = useRoute();
    const content = () => (route.meta.open || !session.me ? html`<${RouterView} />` : html`<${Frame} />`);
    return () => html`<${ElConfigProvider} locale=${zhCn}>${{ default: () => [content(), html`<${DialogHost} />`] }}<//>`;
  },
};

const app = createApp(App);
app.use(router);
router.isReady().then(() => app.mount("#app"), () => app.mount("#app"));
