// 更多: the actions that do not stand as buttons.

import { html } from "../../../m/js/html.js";
import { icon } from "../icon.js";

const { ElDropdown, ElDropdownItem, ElDropdownMenu } = window.ElementPlus;

/** `run` gets the action that the person chose. */
export const moreMenu = (actions, run) => html`
  <${ElDropdown} trigger="click" onCommand=${run}>
    ${{
      default: () => html`<button type="button" class="el-button" data-testid="more">更多<span class="el-icon--right">${icon("arrow-down")}</span></button>`,
      dropdown: () => html`<${ElDropdownMenu}>${() => actions.map((action) => html`<${ElDropdownItem} key=${action.label} command=${action}>${action.label}<//>`)}<//>`,
    }}
  <//>`;
