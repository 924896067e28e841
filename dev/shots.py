"""Pictures of every page of a running shop: Russian and English, light and dark, wide and phone.

    make shots                      of the demo that runs here (make demo)
    python dev/shots.py --readme    the few that the README shows, small, into docs/pictures
    python dev/shots.py --manual    two questions answered with the mouse, for the manual, into docs/pictures
    python dev/shots.py [--url ADDRESS] [--email E-MAIL] [--password PASSWORD] [--only ru-light-wide] [/path/ …]

Without paths it follows the links from the first page and opens one page of each kind.
"""

import argparse
import base64
import sys
import urllib.request
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import django  # noqa: E402
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright  # noqa: E402

SIZES = {"wide": {"width": 1440, "height": 900}, "phone": {"width": 390, "height": 844}}
VARIANTS = ["-".join(v) for v in product(("ru", "en"), ("light", "dark"), SIZES)]
README = {  # where each picture is taken; behind “>”: the links to follow from there
    "home": ("/", "en-light-wide"),
    "customers": ("/customers/", "en-light-wide"),
    "rfm": ("/segments/rfm/", "en-dark-wide"),
    "bench": ("/orders/ > main td a >> nth=2 > a[href*='promotions/try']", "en-light-wide"),
    "effect": ("/experiments/ > main td a", "en-light-wide"),
}


def main() -> int:
    options = parsed()
    try:
        urllib.request.urlopen(f"{options.url}/login/", timeout=5).close()
    except OSError as failure:
        print(f"No shop answers at {options.url} ({failure}). Start one: make demo", file=sys.stderr)
        return 1
    django.setup()
    from tests.browser.conftest import FLAGS, chromium_path

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=FLAGS)
        with left_as_found(browser, options):
            if options.readme:
                for name, (path, variant) in README.items():
                    small(browser, options, name, path, variant)
            elif options.manual:
                for language in ("ru", "en"):
                    answered(browser, options, language)
            else:
                for variant in options.only or VARIANTS:
                    shoot(browser, options, variant)
        browser.close()
    return 0


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    parser.add_argument("--email", default="olga@demo.example")
    parser.add_argument("--password", default="prilavok-demo")
    parser.add_argument("--only", action="append", choices=VARIANTS)
    parser.add_argument("--to", type=Path, default=ROOT / "build" / "shots")
    parser.add_argument("--readme", action="store_true")
    parser.add_argument("--manual", action="store_true")
    parser.add_argument("paths", nargs="*")
    return parser.parse_args()


def shoot(browser: Browser, options: argparse.Namespace, variant: str) -> None:
    context = logged_in(browser, options, variant)
    page = context.new_page()
    page.on("pageerror", lambda error: print(f"{variant} {page.url}: {error}"))
    folder = options.to / variant
    folder.mkdir(parents=True, exist_ok=True)
    for path in paths(page, options.paths):
        settle(page)
        page.set_viewport_size({**SIZES[variant.split("-")[2]], "height": tall(page)})  # type: ignore[typeddict-item]
        page.wait_for_timeout(150)
        page.screenshot(path=folder / f"{path.partition('?')[0].strip('/').replace('/', '.') or 'home'}.png")
        page.set_viewport_size(SIZES[variant.split("-")[2]])  # type: ignore[arg-type]
        if (width := page.evaluate("document.documentElement.scrollWidth")) > page.viewport_size["width"]:  # type: ignore[index]
            print(f"{variant} {path}: {width} px wide")
    context.close()
    print(f"{folder}: {len(list(folder.iterdir()))} pictures")


def tall(page: Page) -> int:
    """The page's own height, within reason: a window so high shows all of it, its menu included."""
    shown = page.viewport_size["height"] if page.viewport_size else 0
    return max(shown, min(4000, int(page.evaluate("document.documentElement.scrollHeight"))))


def paths(page: Page, wanted: list[str]) -> Iterable[str]:
    from tests.browser.pages import walk

    broken: list[str] = []
    if not wanted:
        yield from walk(page, broken=broken)
    for line in broken:
        print(line)
    for path in wanted:
        page.goto(path)
        page.wait_for_load_state("networkidle")
        yield path


def logged_in(
    browser: Browser, options: argparse.Namespace, variant: str, scale: float = 1
) -> BrowserContext:
    """A context with its own colours, and the language that the employee reads from now on (see `left_as_found`)."""
    language, theme, size = variant.split("-")
    context = browser.new_context(
        base_url=options.url,
        viewport=SIZES[size],  # type: ignore[arg-type]
        color_scheme=theme,  # type: ignore[arg-type]
        reduced_motion="reduce",
        device_scale_factor=scale,
        locale=language,
    )
    page = context.new_page()
    log_in(page, options)
    read_in(page, language)
    page.close()
    return context


def log_in(page: Page, options: argparse.Namespace) -> None:
    page.goto("/login/")
    page.fill("[name=username]", options.email)
    page.fill("[name=password]", options.password)
    page.click("form.form button[class*=primary]")
    page.wait_for_load_state()


def read_in(page: Page, language: str) -> str:
    """Let whoever is logged in read this language; the one that they read before."""
    page.goto("/settings/me/")
    before = page.locator("html").get_attribute("lang") or language
    token = page.locator("[name=csrfmiddlewaretoken]").first.input_value()
    page.request.post(
        "/ui/appearance/",
        form={"language": language, "theme": "auto", "csrfmiddlewaretoken": token},
        headers={"Referer": page.url},
    )
    return before


@contextmanager
def left_as_found(browser: Browser, options: argparse.Namespace) -> Iterator[None]:
    """The employee reads their own language again when the pictures are taken."""
    context = browser.new_context(base_url=options.url)
    page = context.new_page()
    log_in(page, options)
    own = read_in(page, "ru")
    try:
        yield
    finally:
        read_in(page, own)
        context.close()


def settle(page: Page) -> None:
    """Scroll through, so that pictures and late panels come, and back."""
    for top in range(0, page.evaluate("document.documentElement.scrollHeight"), 700):
        page.evaluate(f"window.scrollTo(0, {top})")
        page.wait_for_timeout(60)
    page.evaluate("window.scrollTo(0, 0)")
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(250)


def small(browser: Browser, options: argparse.Namespace, name: str, path: str, variant: str) -> None:
    """One picture for the README."""
    context = logged_in(browser, options, variant)
    page = context.new_page()
    path, *links = path.split(" > ")
    page.goto(path)
    for link in links:
        page.locator(link).first.click()
    page.wait_for_load_state("networkidle")
    settle(page)
    keep(browser, page, name)
    context.close()


def answered(browser: Browser, options: argparse.Namespace, language: str) -> None:
    """The pictures of the manual's questions in one language."""
    from tests.browser.questions import QUESTIONS

    context = logged_in(browser, options, f"{language}-light-wide")
    for question in QUESTIONS:
        page = context.new_page()
        for name in question(page):
            settle(page)
            keep(browser, page, f"{name}-{language}")
        page.close()
    context.close()


def keep(browser: Browser, page: Page, name: str) -> None:
    """What the page shows now as docs/pictures/{name}.webp: WebP made by the browser itself."""
    png = base64.b64encode(page.screenshot()).decode()
    blank = browser.new_page()
    webp = blank.evaluate(
        """async (png) => {
            const image = new Image(); image.src = 'data:image/png;base64,' + png; await image.decode();
            const canvas = Object.assign(document.createElement('canvas'), {width: image.width, height: image.height});
            canvas.getContext('2d').drawImage(image, 0, 0);
            return canvas.toDataURL('image/webp', 0.82).split(',')[1];
        }""",
        png,
    )
    target = ROOT / "docs" / "pictures" / f"{name}.webp"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(base64.b64decode(webp))
    print(f"{target.relative_to(ROOT)}: {target.stat().st_size // 1024} KB")
    blank.close()


if __name__ == "__main__":
    import os

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "prilavok.config.settings")
    os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    sys.exit(main())
