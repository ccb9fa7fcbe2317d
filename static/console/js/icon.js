// Icons by their names in Element Plus' set. A new one: see static/vendor/element-plus-icons/subset_icons.py.

import icons from "../../vendor/element-plus-icons/icons.js";

const { h } = window.Vue;

const hyphenate = (name) => name.replace(/(?<=[a-z])([A-Z])/g, "-$1").toLowerCase();

/** An icon as decoration, by `UserFilled` or `user-filled`: the text beside it, or an aria-label, says what it means. */
export function icon(name) {
  const paths = icons[hyphenate(name)] ?? icons.menu;
  return h("svg", { class: "icon", viewBox: "0 0 1024 1024", "aria-hidden": "true" }, paths.map((d) => h("path", { d })));
}

/** The same as a component, for `icon` properties of Element Plus. */
export const iconComponent = (name) => () => icon(name);
