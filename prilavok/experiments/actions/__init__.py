"""Everything that can be done with experiments."""

from prilavok.experiments.actions.draws import (
    AlreadyRunning,
    BadShares,
    Draw,
    NobodyToDraw,
    arms_of,
    cancel,
    draw,
)
from prilavok.experiments.actions.entering import Entrance, enter, open_draw, plan_draw
from prilavok.experiments.actions.loads import (
    BadFile,
    Loaded,
    load_experiment,
    load_experiment_file,
)
from prilavok.experiments.actions.planting import plant
from prilavok.experiments.ports import Candidate

__all__ = [
    "AlreadyRunning",
    "BadFile",
    "BadShares",
    "Candidate",
    "Draw",
    "Entrance",
    "Loaded",
    "NobodyToDraw",
    "arms_of",
    "cancel",
    "draw",
    "enter",
    "load_experiment",
    "load_experiment_file",
    "open_draw",
    "plan_draw",
    "plant",
]
