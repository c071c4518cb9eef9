// Volume as bars, price as a line, one chart per unit of measure. The figures come from a JSON
// element of the page; the table beside the chart says the same. Where prices are masked there is
// no `price`.
(function () {
  "use strict";
  const charts = [];

  function colours(element) {
    const probe = document.createElement("span");
    element.append(probe);
    const read = (name) => {
      probe.style.color = `var(${name})`;
      return getComputedStyle(probe).color;
    };
    const found = {
      bar: read("--yh-accent"),
      line: read("--yh-amber"),
      plan: read("--yh-ink-2"),
      ink: read("--yh-ink-2"),
      rule: read("--yh-line"),
      ground: read("--yh-surface"),
      text: read("--yh-ink"),
    };
    probe.remove();
    return found;
  }

  const number = (text) => (text === null ? null : Number(text));
  const spoken = (value) => (value === null || value === undefined ? "–" : value.toLocaleString("en-US", { maximumFractionDigits: 4 }));

  function options(data, tone) {
    const axis = { axisLabel: { color: tone.ink }, axisLine: { lineStyle: { color: tone.rule } }, nameTextStyle: { color: tone.ink } };
    const units = { [data.plannedLabel]: data.quantityUnit, [data.actualLabel]: data.quantityUnit, [data.priceLabel]: data.priceUnit };
    return {
      animation: false,
      textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
      grid: { left: 8, right: 8, top: 58, bottom: 4, containLabel: true },
      legend: { top: 0, left: 0, textStyle: { color: tone.ink }, itemHeight: 10 },
      tooltip: {
        trigger: "axis",
        renderMode: "richText",
        confine: true,
        backgroundColor: tone.ground,
        borderColor: tone.rule,
        textStyle: { color: tone.text },
        formatter: (points) =>
          [points[0].axisValue]
            .concat(points.map((point) => `${point.seriesName} ${spoken(point.value)} ${units[point.seriesName]}`))
            .join("\n"),
      },
      xAxis: { ...axis, type: "category", data: data.months, axisTick: { show: false } },
      yAxis: [
        { ...axis, type: "value", name: data.quantityUnit, nameLocation: "end", splitLine: { lineStyle: { color: tone.rule } } },
        ...(data.price ? [{ ...axis, type: "value", name: data.priceUnit, nameLocation: "end", scale: true, splitLine: { show: false } }] : []),
      ],
      series: [
        { name: data.actualLabel, type: "bar", data: data.actual.map(number), itemStyle: { color: tone.bar, borderRadius: [2, 2, 0, 0] }, barMaxWidth: 18 },
        { name: data.plannedLabel, type: "line", step: "middle", data: data.planned.map(number), symbol: "none", lineStyle: { color: tone.plan, width: 1, type: "dashed" }, itemStyle: { color: tone.plan } },
        ...(data.price ? [{ name: data.priceLabel, type: "line", yAxisIndex: 1, data: data.price.map(number), connectNulls: false, symbolSize: 5, lineStyle: { color: tone.line, width: 2 }, itemStyle: { color: tone.line } }] : []),
      ],
    };
  }

  function draw(element) {
    const source = document.getElementById(element.dataset.offtakeChart);
    const data = JSON.parse(source.textContent);
    const chart = window.echarts.init(element, null, { renderer: "svg" });
    const paint = () => chart.setOption(options(data, colours(element)), true);
    paint();
    new ResizeObserver(() => chart.resize()).observe(element);
    charts.push(paint);
  }

  document.querySelectorAll("[data-offtake-chart]").forEach(draw);
  document.addEventListener("yihu:theme", () => charts.forEach((paint) => paint()));
})();
