/** The line of a trend with its interval; dashed where its numbers may still grow. Below it, how many entered. */
import { BarChart, LineChart } from "echarts/charts";
import { GridComponent } from "echarts/components";
import { use } from "echarts/core";
import type { FunnelPeriod } from "../generated/FunnelPeriod";
import type { FunnelTrend } from "../generated/FunnelTrend";
import { Chart } from "./chart";
import { formatCount, formatInterval, formatShare } from "./format";

use([LineChart, BarChart, GridComponent]);

export class TrendChart extends Chart<FunnelTrend> {
  protected override height(): number {
    return 260;
  }

  protected override options({ periods }: FunnelTrend) {
    const accent = this.colour("--desire-accent");
    const quiet = this.colour("--desire-quiet");
    const line = this.colour("--desire-line");
    // The first incomplete period and the one before it belong to both lines, so that they meet.
    const values = periods.map(({ conversion }) => conversion.value);
    const solid = values.map((value, at) => (periods[at]?.is_incomplete ? null : value));
    const dashed = values.map((value, at) =>
      periods[at]?.is_incomplete || periods[at + 1]?.is_incomplete ? value : null,
    );
    const labels = periods.map(({ label }) => label.replace("T", " "));
    const category = {
      type: "category",
      data: labels,
      axisLine: { lineStyle: { color: line } },
      axisTick: { show: false },
    };
    const isShort = periods.length < 40;
    const drawn = { type: "line", color: accent, symbol: "circle", symbolSize: 6, showSymbol: isShort };
    const band = { type: "line", stack: "band", symbol: "none", lineStyle: { opacity: 0 }, silent: true };
    return {
      tooltip: {
        trigger: "axis",
        formatter: (items: readonly { dataIndex: number }[]) => words(periods[items[0]?.dataIndex ?? 0]),
      },
      grid: [
        { left: 52, right: 16, top: 14, height: 150 },
        { left: 52, right: 16, top: 182, height: 44 },
      ],
      axisPointer: { link: [{ xAxisIndex: "all" }] },
      xAxis: [
        { ...category, gridIndex: 0, axisLabel: { show: false } },
        { ...category, gridIndex: 1, axisLabel: { color: quiet, hideOverlap: true } },
      ],
      yAxis: [
        {
          type: "value",
          gridIndex: 0,
          min: 0,
          splitNumber: 3,
          axisLabel: { color: quiet, formatter: (share: number) => `${Math.round(share * 1000) / 10}%` },
          splitLine: { lineStyle: { color: line } },
        },
        { type: "value", gridIndex: 1, splitNumber: 1, axisLabel: { color: quiet }, splitLine: { show: false } },
      ],
      series: [
        { ...band, data: periods.map(({ conversion }) => conversion.low) },
        {
          ...band,
          data: periods.map(({ conversion: { low, high } }) => (low === null || high === null ? null : high - low)),
          areaStyle: { color: accent, opacity: 0.12 },
        },
        { ...drawn, data: solid, lineStyle: { color: accent, width: 2 } },
        { ...drawn, data: dashed, lineStyle: { color: accent, width: 2, type: "dashed" }, symbol: "emptyCircle" },
        {
          type: "bar",
          xAxisIndex: 1,
          yAxisIndex: 1,
          data: periods.map(({ n_units, is_incomplete }) => ({
            value: n_units[0],
            itemStyle: { opacity: is_incomplete ? 0.25 : 0.5 },
          })),
          color: accent,
          barMaxWidth: 28,
        },
      ],
    };
  }
}

function words(period: FunnelPeriod | undefined): string {
  if (!period) return "";
  const { label, n_units, conversion, n_pending, is_incomplete } = period;
  const rest = is_incomplete ? `\nmay still grow; ${formatCount(n_pending)} may go on` : "";
  const [first, last] = [n_units[0] ?? 0, n_units.at(-1) ?? 0];
  return `${label.replace("T", " ")}\n${formatShare(conversion.value)}: ${formatCount(last)} of ${formatCount(first)}\n${formatInterval(conversion)}${rest}`;
}
