// Routes of the console, and what is checked before one is shown.

import { onSignedOut } from "./api.js";
import { closeAllDialogs } from "./blocks/dialogs.js";
import { PAGES } from "./pages.js";
import { can, forgetMe, loadMe, session } from "./session.js";
import { closeAllTabs } from "./tabs.js";

const { ElMessage } = window.ElementPlus;
const { markRaw } = window.Vue;
const { createRouter, createWebHistory } = window.VueRouter;
const Empty = { render: () => null }; // the frame shows the component of `meta.page`

// The name is in a template, so that the shell preloads none of these pages.
const load = (name, part) => () => import(`./pages/${name}.js`).then((module) => module[part]);

export const router = createRouter({
  history: createWebHistory("/console"),
  routes: [
    { path: "/sign-in", component: load("sign-in", "SignInPage"), meta: { open: true } },
    { path: "/link", component: load("link", "LinkPage"), meta: { open: true } },
    ...Object.entries(PAGES).map(([path, meta]) => ({ path, component: Empty, meta })),
    { path: "/:rest(.*)*", component: Empty, meta: { load: load("missing", "default") } },
  ],
});

router.beforeEach(async (to) => {
  if (to.meta.open) return true;
  if (!session.me && !(await isSignedIn())) return { path: "/sign-in", query: to.path === "/" ? {} : { next: to.fullPath } };
  const loadPage = can(to.meta.right) ? to.meta.load : load("missing", "forbidden");
  to.meta.page = markRaw(await loadPage());
  return true;
});

router.onError(() => ElMessage.error("页面没有打开，请刷新后再试"));

onSignedOut(() => {
  if (!session.me) return;
  leave();
  ElMessage.warning({ message: "登录已过期，请重新登录", grouping: true });
});

/** Show the sign-in, which leads back to where the person was. */
export function leave({ returns = true } = {}) {
  const next = router.currentRoute.value.fullPath;
  forgetMe();
  document.body.dataset.session = "";
  closeAllDialogs();
  closeAllTabs();
  router.replace({ path: "/sign-in", query: returns && next !== "/" ? { next } : {} });
}

/** The shell says whether the browser has a session, so that a visitor causes no refused request. */
async function isSignedIn() {
  if (!document.body.dataset.session) return false;
  try {
    await loadMe();
    return true;
  } catch (error) {
    if (error.status === 401) return false;
    ElMessage.error(error.msg);
    throw error;
  }
}
