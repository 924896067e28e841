"""An ordinary page weighs at most 300 KB compressed, pictures included; a fragment far less."""

import gzip
import json

from prilavok.ui.assets import BUILD

LIMIT = 300_000


def compressed(name: str) -> int:
    return len(gzip.compress((BUILD / name).read_bytes(), 9))


def test_the_build_leaves_room_for_the_page() -> None:
    manifest = json.loads((BUILD / "manifest.json").read_text())
    main = manifest["src/main.ts"]
    picture = manifest["src/chart.ts"]
    files = [
        main["file"],
        *main["css"],
        picture["file"],
        *json.loads((BUILD / "names.json").read_text()).values(),
    ]
    assert sum(map(compressed, files)) < LIMIT - 25_000
    assert sum(map(compressed, [main["file"], *main["css"]])) < 80_000
