// What a page shows when it could not load.

import { html } from "../../../m/js/html.js";

const { ElButton, ElResult } = window.ElementPlus;

export function errorView(failure, retry) {
  return html`
    <${ElResult} icon="warning" title="没有加载出来" subTitle=${failure} data-testid="load-error">
      ${{ extra: () => html`<${ElButton} type="primary" onClick=${retry} data-testid="retry">重试<//>` }}
    <//>`;
}
