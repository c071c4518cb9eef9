// A map of China shaded by province. Figures come from a JSON element of the page, the geometry from
// a file; the table beside it says the same, and its links are the map's for those without a mouse.
// The name "china" makes ECharts add the inset of the South China Sea (南海诸岛) and 钓鱼岛.
(function () {
  "use strict";
  const MAP = "china";
  const geometries = new Map();
  const paints = [];

  function colours(element) {
    const probe = document.createElement("span");
    element.append(probe);
    const read = (name) => {
      probe.style.color = `var(${name})`;
      return getComputedStyle(probe).color;
    };
    const found = {
      least: read("--yh-map-least"),
      most: read("--yh-map-most"),
      none: read("--yh-ground"),
      rule: read("--yh-map-rule"),
      ink: read("--yh-ink-2"),
      ground: read("--yh-surface"),
      text: read("--yh-ink"),
      edge: read("--yh-amber"),
      near: read("--yh-amber-soft"),
    };
    probe.remove();
    return found;
  }

  // The provinces' short names, under which ECharts knows them, by the two digits of their code.
  async function names(address) {
    if (!geometries.has(address)) {
      geometries.set(
        address,
        fetch(address).then(async (answer) => {
          if (!answer.ok) throw new Error(String(answer.status));
          const geometry = await answer.json();
          window.echarts.registerMap(MAP, geometry);
          return new Map(geometry.features.map((one) => [one.id.slice(0, 2), one.properties.name]));
        }),
      );
    }
    return geometries.get(address);
  }

  function options(data, named, tone) {
    const shown = data.shades.filter((shade) => named.has(shade.code));
    const byName = new Map(shown.map((shade) => [named.get(shade.code), shade]));
    const most = Math.max(1, ...shown.map((shade) => shade.value));
    return {
      animation: false,
      textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
      tooltip: {
        renderMode: "richText",
        confine: true,
        backgroundColor: tone.ground,
        borderColor: tone.rule,
        textStyle: { color: tone.text },
        formatter: (at) => {
          const shade = byName.get(at.name);
          if (shade) return `${shade.name}\n${data.measure} ${shade.text} ${data.unit}`;
          return [...named.values()].includes(at.name) ? `${at.name}\n${data.measure} 0 ${data.unit}` : at.name;
        },
      },
      visualMap: {
        min: 0,
        max: most,
        left: 4,
        bottom: 4,
        itemWidth: 12,
        itemHeight: 72,
        text: [`${most.toLocaleString("en-US")} ${data.unit}`, "0"],
        textStyle: { color: tone.ink, fontSize: 11 },
        inRange: { color: [tone.least, tone.most] },
        hoverLink: false,
      },
      series: [
        {
          type: "map",
          map: MAP,
          roam: false,
          layoutCenter: ["50%", "50%"],
          layoutSize: "118%",
          selectedMode: false,
          itemStyle: { areaColor: tone.none, borderColor: tone.rule, borderWidth: 0.7 },
          emphasis: { itemStyle: { areaColor: tone.near, borderColor: tone.edge, borderWidth: 2 }, label: { color: tone.text } },
          label: {
            show: true,
            color: tone.text,
            fontSize: 11,
            textBorderColor: tone.ground,
            textBorderWidth: 2,
            formatter: (at) => (byName.has(at.name) ? at.name : ""),
          },
          labelLayout: { hideOverlap: true },
          data: shown.map((shade) => ({ name: named.get(shade.code), value: shade.value })),
        },
      ],
    };
  }

  async function draw(element) {
    const data = JSON.parse(document.getElementById(element.dataset.chinaMap).textContent);
    let named;
    try {
      named = await names(element.dataset.geometry);
    } catch (refused) {
      element.textContent = element.dataset.failed;
      return;
    }
    const chart = window.echarts.init(element, null, { renderer: "svg" });
    const links = new Map(data.shades.filter((shade) => shade.url).map((shade) => [named.get(shade.code), shade.url]));
    const paint = () => chart.setOption(options(data, named, colours(element)), true);
    chart.on("click", (at) => {
      if (links.has(at.name)) window.location.assign(links.get(at.name));
    });
    // A row that is pointed at or focused shows its province.
    const table = element.parentElement.querySelector("table");
    const mark = (type) => (event) => {
      const link = event.target.closest("tr")?.querySelector("[data-map-code]");
      const name = link && named.get(link.dataset.mapCode);
      if (name) chart.dispatchAction({ type, name });
    };
    [["focusin", "highlight"], ["pointerover", "highlight"], ["focusout", "downplay"], ["pointerout", "downplay"]].forEach(
      ([event, type]) => table.addEventListener(event, mark(type)),
    );
    new ResizeObserver(([{ contentRect }]) => {
      // a page on its way out may measure nothing, and ECharts cannot invert a map of no size
      if (contentRect.width > 40 && contentRect.height > 40) chart.resize();
    }).observe(element);
    paint();
    paints.push(paint);
    element.dataset.drawn = "";
  }

  document.querySelectorAll("[data-china-map]").forEach(draw);
  document.addEventListener("yihu:theme", () => paints.forEach((paint) => paint()));
})();
