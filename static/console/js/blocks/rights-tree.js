// The rights of a role as a tree: groups of the menu, their entries, their buttons.

import { html } from "../../../m/js/html.js";

const { ElTree } = window.ElementPlus;
const { ref } = window.Vue;

/** `groups` come from `/roles/rights`, `value` are rights such as `members.read`. */
export const RightsTree = {
  props: ["groups", "value"],
  emits: ["changed"],
  setup(props, { emit }) {
    const tree = ref(null);
    const data = props.groups.map((group) => ({
      id: `group:${group.key}`, label: group.title, children: group.entries.map((entry) => ({
        id: `entry:${entry.key}`, label: entry.title, children: entry.buttons.map(({ right, title }) => ({ id: right, label: title })),
      })),
    }));

    /** A button needs 查询 of its entry, as the server adds it. */
    function onCheck() {
      const chosen = tree.value.getCheckedKeys(true);
      emit("changed", chosen);
    }

    return () => html`
      <div class="tree-box" role="group" aria-label="权限"><${ElTree} ref=${tree} data=${data} nodeKey="id" showCheckbox=${true} defaultCheckedKeys=${props.value} checkOnClickLeaf=${true} onCheck=${onCheck} /></div>`;
  },
};
