"""Say what holds of trains, freezes, exceptions and what is due, whatever people do: asked after each of their steps.

All of it is read from the tables and counted anew here, with Python's own time zones; none of the bot's rules is asked.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from bot.release.policy import service_key
from bot.release.recurrence import days, rule_of
from storage import schedule_tables as tables
from storage.tables import audit, releases, timers
from storage.work import Work

Row = dict[str, Any]
#: What may change without anybody's doing, and says nothing of its own.
_SILENT = {"settled_until", "turned_until", "tzdata", "seen_at"}
#: What stands on record of a change of each table, by the names of its entries.
_SAID = {
    tables.trains: {"train_added", "train_changed", "train_paused", "train_resumed", "train_ended", "train_departed",
                    "departure_not_skipped", "train_passed_on"},
    tables.departures: {"train_departed", "departure_skipped", "departure_not_skipped"},
    tables.freezes: {"freeze_declared", "freeze_changed", "freeze_lifted", "freeze_restored", "freeze_over"},
    tables.freeze_exceptions: {"exception_asked", "exception_granted", "exception_refused", "deploy_started"},
    tables.rotations: {"rotation_set", "rotation_changed", "rotation_handed_on", "rotation_ended",
                       "rotation_passed_on"},
    tables.subscriptions: {"subscribed", "unsubscribed"},
    tables.mutes: {"muted", "unmuted"},
    tables.feeds: {"feed_made", "feed_revoked"},
}  # fmt: skip


@dataclass(frozen=True)
class Stood:
    """Everything at one moment, by table."""

    now: datetime
    rows: dict[str, list[Row]]
    parts: dict[int, list[tuple[str, str]]]  # release -> (service, environment), as compared
    entries: int  # on record

    def of(self, table: str) -> dict[Any, Row]:
        """The rows by their id."""
        return {row["id"]: row for row in self.rows[table]}


def stand(work: Work) -> Stood:
    rows = {}
    for table in (*_SAID, tables.appointments, timers, releases):
        rows[table.name] = [dict(row._mapping) for row in work.conn.execute(select(table))]
    rows["audit"] = [dict(row._mapping) for row in work.conn.execute(select(audit).order_by(audit.c.id))]
    found = work.releases.between(datetime(2020, 1, 1, tzinfo=UTC), datetime(2040, 1, 1, tzinfo=UTC), 1000)
    parts = {one.id: [part.key[::2] for part in one.parts] for one in found}
    return Stood(work.now, rows, parts, len(rows["audit"]))


def broken(was: Stood, now: Stood) -> list[str]:
    """What does not hold after a step, in words."""
    found = [*_due(was, now), *_departures(was, now), *_unrecorded(was, now), *_frozen(was, now)]
    return [*found, *_exceptions(was, now)]


# ---- what is due -------------------------------------------------------------------------------


def _due(was: Stood, now: Stood) -> Iterator[str]:
    """Nothing due waits, nothing failed, nothing ran before its time, and what was settled stays so."""
    for table in ("appointments", "timers"):
        before = was.of(table)
        for id, row in now.of(table).items():
            what = f"{table} {id} {row.get('kind') or row.get('name')} of {row['due_at']}"
            if row["attempts"] or row["state"] == "dead":
                yield f"{what} failed: {row['reason']}"
            if row["settled_at"] is None and row["next_try_at"] <= now.now:
                yield f"{what} is due and waits"
            if row["state"] == "done" and row["settled_at"] < row["due_at"]:
                yield f"{what} ran before its time"
            if row["state"] == "skipped" and not row["reason"]:
                yield f"{what} was skipped without a reason"
            old = before.get(id)
            if old and old["state"] in ("done", "skipped") and old["state"] != row["state"]:
                yield f"{what} was {old['state']} and is {row['state']}"
    planned = [row["subject"] for row in now.rows["appointments"]
               if row["settled_at"] is None and row["kind"] == "train.departs"]  # fmt: skip
    running = [str(row["id"]) for row in now.rows["trains"] if row["ended_at"] is None]
    if sorted(planned) != sorted(running):
        yield f"trains {running} run, and appointments are for {planned}"
    digests = [row["subject"] for row in now.rows["appointments"]
               if row["settled_at"] is None and row["kind"] == "digest"]  # fmt: skip
    wanted = [str(row["id"]) for row in now.rows["subscriptions"] if row["digest"]]
    if sorted(digests) != sorted(wanted):
        yield f"subscriptions {wanted} have digests, and appointments are for {digests}"
    ends = {row["subject"] for row in now.rows["appointments"]
            if row["settled_at"] is None and row["kind"] == "freeze.ends"}  # fmt: skip
    stands = {str(row["id"]) for row in now.rows["freezes"] if row["ended_at"] is None}
    if ends != stands:
        yield f"freezes {stands} stand, and the end is planned of {ends}"


# ---- trains ------------------------------------------------------------------------------------


def instant(day: date, wall: str, zone: str) -> datetime:
    """The UTC instant of a wall time: past a gap, and the first of two."""
    there = datetime.combine(day, time.fromisoformat(wall), tzinfo=ZoneInfo(zone))
    return there.astimezone(UTC)


def _departures(was: Stood, now: Stood) -> Iterator[str]:
    """Each day of a train has one outcome, in order; what was made departs at the wall time of that day."""
    trains, before = now.of("trains"), was.of("trains")
    known = {(row["train_id"], row["on_date"]): row for row in now.rows["departures"]}
    old = {(row["train_id"], row["on_date"]): row for row in was.rows["departures"]}
    made = now.of("releases")
    twice = [row["release_id"] for row in known.values() if row["release_id"] is not None]
    if len(twice) != len(set(twice)):
        yield f"a release of two departures: {twice}"
    for (train_id, day), row in known.items():
        what = f"train {train_id}'s departure of {day}"
        gone = old.get((train_id, day))
        if gone is not None and gone != row:
            yield f"{what} became another: {gone} -> {row}"
        if gone is not None:
            continue
        if row["state"] == "skipped":
            if not (row["why"] or row["by"]):
                yield f"{what} was skipped without a reason"
            continue
        release, train = made[row["release_id"]], trains[train_id]
        at = instant(day, train["wall"], train["zone"])
        if release["planned_at"] != at:
            yield f"{what} is planned for {release['planned_at']}, and {train['wall']} {train['zone']} is {at}"
    for id, train in trains.items():
        prior = before.get(id)
        same = ("rule", "wall", "zone", "starts_on", "service", "channel", "lead")
        if prior is None or any(prior[name] != train[name] for name in same) or train["ended_at"] is not None:
            continue
        for day in days(rule_of(train["rule"]), train["starts_on"], prior["settled_until"].date() - timedelta(2)):
            at = instant(day, train["wall"], train["zone"])
            if at > train["settled_until"]:
                break
            if at > prior["settled_until"] and (id, day) not in known:
                yield f"nothing became of train {id}'s departure of {day}"
        if train["settled_until"] < prior["settled_until"]:
            yield f"train {id} goes back from {prior['settled_until']} to {train['settled_until']}"


# ---- freezes -----------------------------------------------------------------------------------


def _covers(freeze: Row, at: datetime) -> bool:
    if freeze["created_at"] > at or (freeze["ended_at"] is not None and freeze["ended_at"] <= at):
        return False
    if freeze["rule"] is None:
        return bool(freeze["starts_at"] <= at < freeze["ends_at"])
    first, last = (datetime.fromisoformat(freeze[name][:16]) for name in ("starts_wall", "ends_wall"))
    length = last.date() - first.date()
    for day in _recurs(freeze["rule"], first.date(), at.date() - length - timedelta(days=3)):
        if day > at.date() + timedelta(days=2):
            return False
        starts = instant(day, f"{first:%H:%M}", freeze["zone"])
        if starts <= at < instant(day + length, f"{last:%H:%M}", freeze["zone"]):
            return True
    return False


def _recurs(rule: dict[str, Any], first: date, since: date) -> Iterator[date]:
    """The days on which it begins; a weekly one has no rule but that."""
    if "unit" in rule:
        return days(rule_of(rule), first, since)
    week = timedelta(days=7)
    weeks = max(0, (since - first) // week)
    return (first + week * (weeks + more) for more in range(1000))


def _new(was: Stood, now: Stood, name: str) -> list[Row]:
    return [row for row in now.rows["audit"][was.entries :] if row["name"] == name]


def _frozen(was: Stood, now: Stood) -> Iterator[str]:
    """No deploy starts inside a freeze but by what stands on record."""
    for row in _new(was, now, "deploy_started"):
        passed = {one["freeze"]: one for one in _details(row).get("freezes", ())}
        started = now.parts[row["release_id"]]
        for freeze in now.rows["freezes"]:
            service, place = service_key(freeze["service"]), service_key(freeze["environment"])
            about = [key for key in started if service in ("", key[0]) and place in ("", key[1])]
            if len(about) == len(started) and _covers(freeze, row["at"]) and freeze["number"] not in passed:
                yield f"release {row['release_id']} started at {row['at']}, in freeze {freeze['number']}"


def _exceptions(was: Stood, now: Stood) -> Iterator[str]:
    """Each is decided by somebody else, used once, by its own release, while it holds."""
    before, used = was.of("freeze_exceptions"), now.of("freeze_exceptions")
    for id, row in used.items():
        what, old = f"exception {id}", before.get(id)
        if row["outcome"] == "granted" and row["decided_by"] == row["asked_by"]:
            yield f"{what} was granted by who asked for it"
        if row["used_at"] is not None and not (row["outcome"] == "granted" and row["used_at"] < row["expires_at"]):
            yield f"{what} was used though {row}"
        if old is not None and old["used_at"] is not None and old["used_at"] != row["used_at"]:
            yield f"{what} was used twice"
    for entry in _new(was, now, "deploy_started"):
        for one in _details(entry).get("freezes", ()):
            row = used.get(one.get("exception"), {})
            if "exception" in one and (row.get("release_id") != entry["release_id"] or row["used_at"] is None):
                yield f"release {entry['release_id']} used exception {one['exception']} of {row}"
            old = before.get(one.get("exception"), {})
            state = was.of("releases").get(entry["release_id"], {}).get("state")
            if old.get("used_at") is not None and state != "deploying":
                yield f"release {entry['release_id']} used exception {one['exception']} again"


# ---- on record ---------------------------------------------------------------------------------


def _details(row: Row) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(row["body"])["details"]
    return found


def _unrecorded(was: Stood, now: Stood) -> Iterator[str]:
    """What changed has an entry: of its release, or of the workspace."""
    new = now.rows["audit"][was.entries :]
    told = {row["release_id"] for row in new}
    states = {row["id"]: row["state"] for row in was.rows["releases"]}
    for row in now.rows["releases"]:
        if states.get(row["id"]) != row["state"] and row["id"] not in told:
            yield f"release {row['id']} became {row['state']} and nothing is on record"
    names = {row["name"] for row in new}
    for table, told_by in _SAID.items():
        keys = [column.name for column in table.primary_key]
        before = {tuple(row[key] for key in keys): _said(row) for row in was.rows[table.name]}
        after = {tuple(row[key] for key in keys): _said(row) for row in now.rows[table.name]}
        changed = [key for key in before.keys() | after.keys() if before.get(key) != after.get(key)]
        if changed and not names & told_by:
            yield f"{table.name} {changed} changed and nothing is on record: {[after.get(key) for key in changed]}"


def _said(row: Row) -> Row:
    return {name: value for name, value in row.items() if name not in _SILENT}
