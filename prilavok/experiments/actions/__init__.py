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
    "Loaded",
    "NobodyToDraw",
    "arms_of",
    "cancel",
    "draw",
    "load_experiment",
    "load_experiment_file",
    "plant",
]
