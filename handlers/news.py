"""Tell channels that subscribed to it what happens to a release on its way; never votes, reasons or private ones.

Outcomes are told where they happen (deploy, rollback, cancel); all of it leaves through `desk.to_stakeholders`, so
that nobody hears anything twice.
"""

from collections.abc import Callable, Mapping

from bot.kit.declare import notice
from bot.kit.desk import Desk
from bot.release.events import Event
from bot.release.release import PartState, Release, Stopped
from bot.release.states import State
from bot.release.subscribing import Level
from bot.release.words import At, Said, Who, Words, listing, words

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


def _parts(event: Event, release: Release) -> Words:
    """Those of its parts that it was done to; nothing where that is all of them."""
    named = event.details.get("parts", [])
    others = any(release.part_title(part) not in named for part in release.active_parts)
    return listing([Said(name) for name in named]) if others else ()


def _deploy(text: str) -> Tell:
    def tell(event: Event, release: Release) -> Words:
        parts = _parts(event, release)
        return words(": the deploy", words(" of ", parts) if parts else (), text)

    return tell


def _rolling_back(event: Event, release: Release) -> Words:
    if not (parts := _parts(event, release)):
        return (" is being rolled back.",)
    are = " is" if len(event.details["parts"]) == 1 else " are"
    return words(": ", parts, are, " being rolled back.")


def _not_rolled_back(event: Event, release: Release) -> Words:
    parts = _parts(event, release)
    are = " is" if len(event.details.get("parts", ())) < 2 else " are"
    return words(": ", parts, are, " not rolled back after all.") if parts else (" is not rolled back after all.",)


def _dropped(event: Event, release: Release) -> Words:
    return words(" goes without ", _parts(event, release), ".")


def _watched(event: Event, release: Release) -> Words:
    back = any(part.state is PartState.ROLLED_BACK for part in release.active_parts)
    return words(": monitoring ended." if back else ": monitoring ended without trouble.")


def _captain(event: Event, release: Release) -> Words:
    return words(" has another captain: ", Who(release.captain), ".")


_TOLD: Mapping[str, tuple[Level, Tell]] = {
    "planned": ("milestones", _planned_for),
    "rescheduled": ("milestones", _moved),
    "decided": ("milestones", _decided),
    "approval_expired": ("milestones", _plainly(" was not started in time, and needs another go/no-go.")),
    "held": ("milestones", _plainly(" is on hold.")),
    "resumed": ("milestones", _plainly(" is not on hold any more.")),
    "deploy_started": ("milestones", _deploy(" has started.")),
    "deploy_failed": ("milestones", _deploy(" failed. It is tried again or rolled back.")),
    "rollback_started": ("milestones", _rolling_back),
    "rollback_called_off": ("milestones", _not_rolled_back),
    "poll_opened": ("all", _opened),
    "poll_extended": ("all", _opened),
    "captain_changed": ("all", _captain),
    "deploy_finished": ("all", _deploy(" is done.")),
    "part_dropped": ("all", _dropped),
    "monitoring_ended": ("all", _watched),
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
