// Markup for Vue without its compiler, which would need eval: htm reads a template, Vue makes the nodes.

import htm from "../../vendor/htm/htm.module.js";

const { h, isVNode } = window.Vue;

/** A tagged template. The content of a component is its default slot, which `${() => …}` makes anew each time it is
 * rendered; `${{ name: () => … }}` are its other slots. */
export const html = htm.bind(function node(type, props, ...children) {
  this[0] = 3; // keeps htm from handing out one and the same node twice, which Vue does not allow
  if (typeof type === "string") return h(type, props, children);
  return h(type, props, asSlots(children));
});

function asSlots(children) {
  const named = children.filter(isSlots);
  const plain = children.filter((child) => !isSlots(child));
  if (typeof plain[0] === "function") return Object.assign({ default: plain[0] }, ...named);
  return Object.assign(plain.length ? { default: () => plain } : {}, ...named);
}

function isSlots(child) {
  return child !== null && typeof child === "object" && !Array.isArray(child) && !isVNode(child);
}
