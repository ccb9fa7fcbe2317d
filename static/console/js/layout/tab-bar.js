// The open tabs. Closing one shows its neighbour.

import { html } from "../../../m/js/html.js";
import { icon } from "../icon.js";
import { closeTab, neighbourOf, tabs } from "../tabs.js";

const { nextTick, ref, watch } = window.Vue;
const { RouterLink, useRouter } = window.VueRouter;

export const TabBar = {
  props: ["current"],
  setup(props) {
    const router = useRouter();
    const root = ref(null);

    async function close(path) {
      if (path === props.current) await router.push(neighbourOf(path)?.fullPath ?? "/");
      closeTab(path);
    }

    watch(() => props.current, async () => {
      await nextTick();
      root.value?.querySelector(".current")?.scrollIntoView?.({ block: "nearest", inline: "nearest" });
    });

    return () => html`
      <nav aria-label="打开的页面"><ul class="tabs" ref=${root}>
        ${tabs.map(({ path, fullPath, title }) => html`
          <li key=${path} class=${[path === props.current && "current"]}>
            <${RouterLink} to=${fullPath} ariaCurrentValue="page">${title}<//>
            ${(tabs.length > 1 || path !== "/") && html`<button type="button" class="plain" aria-label=${`关闭${title}`} onClick=${() => close(path)}>${icon("close")}</button>`}
          </li>`)}
      </ul></nav>`;
  },
};
