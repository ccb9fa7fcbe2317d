// The open tabs: one a path. A tab keeps its page, with what was typed, until it is closed.

const { markRaw, h, provide, reactive } = window.Vue;

const MAX_TABS = 20;

/** `{ path, fullPath, title, frame }` each. */
export const tabs = reactive([]);

/** Open or update the tab of a route. */
export function openTab(route, page) {
  const found = tabs.find(({ path }) => path === route.path);
  if (found) {
    found.fullPath = route.fullPath;
    return found;
  }
  const tab = reactive({ path: route.path, fullPath: route.fullPath, title: titleOf(page, route.params), frame: null });
  tab.frame = markRaw(frameOf(tab, page.component, { ...route.params }));
  tabs.push(tab);
  if (tabs.length > MAX_TABS) tabs.splice(tabs[0].path === "/" ? 1 : 0, 1);
  return tab;
}

/** Drop a tab and return the one that takes its place. */
export function neighbourOf(path) {
  const index = tabs.findIndex((tab) => tab.path === path);
  return tabs[index + 1] ?? tabs[index - 1] ?? null;
}

export function closeTab(path) {
  const index = tabs.findIndex((tab) => tab.path === path);
  if (index >= 0) tabs.splice(index, 1);
}

export const closeAllTabs = () => tabs.splice(0);

const titleOf = ({ title }, params) => (typeof title === "function" ? title(params) : title);

/** A component named by its path, so that KeepAlive tells the tabs apart. */
function frameOf(tab, component, params) {
  return {
    name: tab.path,
    setup() {
      provide("tab", { path: tab.path, setTitle: (title) => title && (tab.title = title) });
      return () => h(component, { params });
    },
  };
}
