// Builds the pages' styles and scripts, and one sprite of the icons named in icons.txt.
// Of the kit's styles only the classes stay that some page, form or script names: the rest is four fifths of its weight.
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { AcceptedPlugin } from "postcss";
import { PurgeCSS } from "purgecss";
import { defineConfig, type Plugin } from "vite";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

function sprite(): Plugin {
  return {
    name: "prilavok-icons",
    buildStart() {
      this.addWatchFile(here("icons.txt"));
    },
    generateBundle() {
      const names = readFileSync(here("icons.txt"), "utf8").split(/\s+/).filter(Boolean);
      const symbols = names.map((name) => symbol(name));
      const source = `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>`;
      const hash = createHash("sha256").update(source).digest("hex").slice(0, 8);
      this.emitFile({ type: "asset", fileName: `assets/icons-${hash}.svg`, source });
      const known = JSON.stringify({ "icons.svg": `assets/icons-${hash}.svg` });
      this.emitFile({ type: "asset", fileName: "names.json", source: known });
    },
  };
}

/** A PostCSS plugin: before the file gets its hash, so that the name changes with what is kept. */
const used: AcceptedPlugin = {
  postcssPlugin: "prilavok-used-styles",
  async OnceExit(root, { postcss }) {
    const [kept] = await new PurgeCSS().purge({
      content: [here("../prilavok/**/*.html"), here("../prilavok/**/*.py"), here("src/**/*.ts")],
      css: [{ raw: root.toString() }],
      safelist: { standard: [/^state-/, /^note-/, /^trend-/, /^later-/, /^step-/, /^htmx-/, /^key-/], greedy: [/data-bs-theme/] },
    });
    root.removeAll();
    root.append(postcss.parse(kept.css).nodes);
  },
};

function symbol(name: string): string {
  const path = here(`node_modules/@tabler/icons/icons/outline/${name}.svg`);
  if (!existsSync(path)) throw new Error(`icons.txt: Tabler has no outline icon "${name}"`);
  const body = readFileSync(path, "utf8")
    .replace(/<!--[\s\S]*?-->/g, "")
    .replace(/^[\s\S]*?<svg[^>]*>/, "")
    .replace("</svg>", "")
    .replace(/\s*\n\s*/g, "");
  const drawn = 'fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round"';
  return `<symbol id="${name}" viewBox="0 0 24 24" ${drawn}>${body}</symbol>`;
}

export default defineConfig({
  root: here("."),
  base: "/static/ui/build/",
  plugins: [sprite()],
  css: { postcss: { plugins: [used] } },
  build: {
    outDir: here("../prilavok/ui/static/ui/build"),
    emptyOutDir: true,
    manifest: "manifest.json",
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 900,
    rollupOptions: { input: { main: here("src/main.ts") }, checks: { eval: false, pluginTimings: false } },
  },
});
