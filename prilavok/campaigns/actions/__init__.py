"""Everything that can be done with campaigns; one transaction each."""

from prilavok.campaigns.actions.editing import Unknown, change, copy, create, remove, restore
from prilavok.campaigns.actions.giving import EmployeesOnly, NoPoints, OwnPoints, approve_points, give_points
from prilavok.campaigns.actions.launching import NotReady, check_ready, launch, unschedule
from prilavok.campaigns.actions.past import PastCampaign, load_campaigns, load_targets
from prilavok.campaigns.actions.preparing import carry_on, prepare
from prilavok.campaigns.actions.running import WrongState, cancel, mark_sent, pause, resume

__all__ = [
    "EmployeesOnly",
    "NoPoints",
    "NotReady",
    "OwnPoints",
    "PastCampaign",
    "Unknown",
    "WrongState",
    "approve_points",
    "cancel",
    "carry_on",
    "change",
    "check_ready",
    "copy",
    "create",
    "give_points",
    "launch",
    "load_campaigns",
    "load_targets",
    "mark_sent",
    "pause",
    "prepare",
    "remove",
    "restore",
    "resume",
    "unschedule",
]
