"""Tell channels that subscribed to it what happens to a release on its way; never votes, reasons or private ones.

Outcomes are told where they happen (deploy, rollback, cancel); all of it leaves through `desk.to_stakeholders`, so
that nobody hears anything twice.
"""

from collections.abc import Callable, Mapping

from bot.kit.declare import notice
from bot.kit.desk import Desk
from bot.release.events import Event
from bot.release.release import Release, Stopped
from bot.release.states import State
from bot.release.subscribing import Level
from bot.release.words import At, Said, Who, Words, words

Tell = Callable[[Event, Release], Words]


def _planned_for(event: Event, release: Release) -> Words:
    return words(" is planned for ", At(release.target_at, "day", release.planned.zone), ".")


def _moved(event: Event, release: Release) -> Words:
    return words(" is planned for ", At(release.target_at, "day", release.planned.zone), " now.")


def _opened(event: Event, release: Release) -> Words:
    closes = release.round.closes_at if release.round is not None else release.target_at
    return words(": the go/no-go is open until ", At(closes, "day", release.planned.zone), ".")


def _decided(event: Event, release: Release) -> Words:
    match event.details.get("result"):
        case "go":
            return words(" is go for ", At(release.target_at, "day", release.planned.zone), ".")
        case "override":
            return words(" goes ahead as an emergency.")
        case Stopped.NO_GO:
            return words(" is no-go; what follows is told here.")
    return words(" was not decided in time; what follows is told here.")


def _plainly(text: str) -> Tell:
    return lambda event, release: words(text)


def _captain(event: Event, release: Release) -> Words:
    return words(" has another captain: ", Who(release.captain), ".")


_TOLD: Mapping[str, tuple[Level, Tell]] = {
    "planned": ("milestones", _planned_for),
    "rescheduled": ("milestones", _moved),
    "decided": ("milestones", _decided),
    "approval_expired": ("milestones", _plainly(" was not started in time, and needs another go/no-go.")),
    "held": ("milestones", _plainly(" is on hold.")),
    "resumed": ("milestones", _plainly(" is not on hold any more.")),
    "deploy_started": ("milestones", _plainly(": the deploy has started.")),
    "deploy_failed": ("milestones", _plainly(": the deploy failed. It is tried again or rolled back.")),
    "rollback_started": ("milestones", _plainly(" is being rolled back.")),
    "poll_opened": ("all", _opened),
    "poll_extended": ("all", _opened),
    "captain_changed": ("all", _captain),
    "deploy_finished": ("all", _plainly(": the deploy of a part is done.")),
    "part_dropped": ("all", _plainly(" goes without one of its parts.")),
    "monitoring_ended": ("all", _plainly(": monitoring ended without trouble.")),
    "closed": ("all", _plainly(" is closed.")),
}


@notice(*_TOLD)
def on_the_way(event: Event, release: Release, desk: Desk) -> None:
    if event.name == "deploy_finished" and not _others_wait(release):
        return  # that it is live is told as an outcome
    level, tell = _TOLD[event.name]
    desk.to_stakeholders(release, words(Said(release.title), tell(event, release)), level)


def _others_wait(release: Release) -> bool:
    return release.state is State.DEPLOYING
