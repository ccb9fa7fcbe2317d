// A chart of ECharts, which is loaded when the first chart is shown. Where all values are 0 it says so.

import { html } from "../../../m/js/html.js";

const { onBeforeUnmount, onMounted, ref, watch } = window.Vue;
const ECHARTS = new URL("../../../vendor/echarts/echarts.min.js", import.meta.url).href;
const COLOURS = ["#1d5fd1", "#23762a", "#8f5200", "#7a3fb0", "#0d7a86", "#c0272d"];

const isEmpty = ({ series }) => series.every(({ data }) => !data.some((value) => Number(value?.value ?? value)));

/** `option` is that of ECharts; `label` says what the chart shows. */
export const Chart = {
  props: { option: Object, label: String, height: { default: "320px" } },
  setup(props) {
    const root = ref(null);
    let chart = null;
    const resize = () => chart?.resize();
    // The HTML tooltip would set style attributes, which the content security policy forbids.
    const draw = () => chart?.setOption({ color: COLOURS, ...props.option, tooltip: { ...props.option.tooltip, renderMode: "richText" } }, true);

    onMounted(async () => {
      await import(ECHARTS);
      if (!root.value) return;
      chart = window.echarts.init(root.value, null, { renderer: "svg" });
      draw();
      window.addEventListener("resize", resize);
    });
    watch(() => props.option, draw);
    onBeforeUnmount(() => {
      window.removeEventListener("resize", resize);
      chart?.dispose();
    });
    return () => html`
      <div class="chart-box">
        <div ref=${root} class="chart" role="img" aria-label=${props.label} style=${{ height: props.height }}></div>
        ${isEmpty(props.option) && html`<p class="chart-empty">暂无数据</p>`}
      </div>`;
  },
};
