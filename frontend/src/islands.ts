/** Parts of a page that HTML cannot do: loaded only where they stand. */
import { forEvery } from "./dom";

type Island = { mount(element: HTMLElement, props: unknown): void };
const islands = import.meta.glob<Island>("./islands/*.ts");

export function mountIslands(): void {
  const soon = new IntersectionObserver(
    (seen) =>
      seen.forEach(({ isIntersecting, target }) => {
        if (!isIntersecting) return;
        soon.unobserve(target);
        void mount(target as HTMLElement);
      }),
    { rootMargin: "200px" },
  );
  forEvery("[data-chart], [data-island]", (element) => soon.observe(element));
}

async function mount(element: HTMLElement): Promise<void> {
  const props = JSON.parse(element.querySelector("script[type='application/json']")?.textContent || "null");
  if ("chart" in element.dataset) return (await import("./chart")).mount(element, props);
  const island = islands[`./islands/${element.dataset.island}.ts`];
  if (island) (await island()).mount(element, props);
}
