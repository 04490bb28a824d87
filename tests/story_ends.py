"""Say what holds at the end of every story, whatever it was about; a story names what may go wrong in it."""

from datetime import UTC, datetime
from typing import Any

from structlog.types import EventDict

from bot.app import App
from bot.clock import Wire
from bot.release.record import check, write
from bot.sandbox.traffic import Entry

#: Slack refusing what the bot has to try, because only Slack knows: the bot was not invited there.
_NOT_INVITED = {("conversations.info", "channel_not_found"), ("conversations.members", "channel_not_found")}
_ALWAYS = (datetime(2020, 1, 1, tzinfo=UTC), datetime(2040, 1, 1, tzinfo=UTC))


class Endings:
    """Listens to the traffic with Slack and to the logs, and asks the database at the end."""

    def __init__(self, wire: Wire, lines: list[EventDict], others: list[str]) -> None:
        """`lines` is what the bot has logged so far, `others` what libraries logged as errors."""
        self._wire = wire
        self._lines = lines
        self._others = others
        self._traffic: list[tuple[float, Entry]] = []
        self._slack_errors: set[tuple[str, str]] = set(_NOT_INVITED)
        self._error_lines: set[str] = set()
        self._undelivered: set[str] = set()

    # ---- what may go wrong, because the story is about it ---------------------------------
    def may_be_refused(self, method: str, error: str) -> None:
        """Slack may say this error to that method."""
        self._slack_errors.add((method, error))

    def may_log(self, event: str) -> None:
        """This line may be logged as an error."""
        self._error_lines.add(event)

    def may_stay_undelivered(self, state: str) -> None:
        """Outbox rows may end in this state."""
        self._undelivered.add(state)

    # ---- listening ------------------------------------------------------------------------
    def heard(self, entry: Entry) -> None:
        self._traffic.append((self._wire.monotonic(), entry))

    @property
    def calls(self) -> int:
        """How much went to and fro so far."""
        return len(self._traffic)

    # ---- the end --------------------------------------------------------------------------
    async def check(self, app: App) -> None:
        """AssertionError names what does not hold."""
        assert not (found := self._refused()), f"Slack refused: {found}"
        assert not (found := self._impatience()), f"asked again earlier than Slack said: {found}"
        assert not (found := self._logged()), f"logged as errors: {found}"
        left = await app.store.read(_left_over, workspace=app.workspace)
        stray = [row for row in left if row[0] not in self._undelivered]
        assert not stray, f"left in the outbox: {stray}"
        broken = await app.store.read(_broken_chains, workspace=app.workspace)
        assert not broken, f"audit chains that do not verify: {broken}"
        untrue = await app.store.read(_untrue_records, workspace=app.workspace)
        assert not untrue, f"records that do not prove themselves, or are decided otherwise by the rule: {untrue}"

    def _refused(self) -> list[str]:
        found = []
        for _, entry in self._traffic:
            response = entry.response if isinstance(entry.response, dict) else {"error": str(entry.response)}
            error = str(response.get("error"))
            lost = response.get("ok") is True or error.startswith("(")  # a fault that the story itself scripted
            known = lost or error == "ratelimited" or (entry.kind, error) in self._slack_errors
            if entry.dir == "from app" and entry.status != "ok" and not known:
                found.append(f"{entry.kind}: {str(response)[:300]} to {str(entry.request)[:600]}")
        return found

    def _impatience(self) -> list[str]:
        """Calls made again within the second that Slack asks for at least."""
        limited: dict[tuple[str, str], float] = {}
        found = []
        for at, entry in self._traffic:
            if entry.dir != "from app" or not isinstance(entry.request, dict):
                continue
            key = (entry.kind, str(entry.request.get("channel") or ""))
            told = limited.pop(key, None)
            if told is not None and at < told + 1:
                found.append(entry.kind)
            if isinstance(entry.response, dict) and entry.response.get("error") == "ratelimited":
                limited[key] = at
        return found

    def _logged(self) -> list[str]:
        ours = [
            f"{line['event']} {line.get('exception') or line}"
            for line in self._lines
            if line["log_level"] in ("error", "critical") and line["event"] not in self._error_lines
        ]
        return ours + [line for line in self._others if not any(one in line for one in self._error_lines)]


def _left_over(work: Any) -> list[tuple[str, str, str]]:
    rows = [*work.outbox.unsettled(100), *work.outbox.undelivered(100)]
    return [(row.state, row.kind, row.error or "") for row in rows]


def _broken_chains(work: Any) -> list[str]:
    releases = work.releases.between(*_ALWAYS, 100)
    return [f"{one.title}: {said}" for one in releases if (said := work.audit.verify(one.id))]


def _untrue_records(work: Any) -> list[str]:
    releases = work.releases.between(*_ALWAYS, 100)
    files = [(one.title, write(work.audit.entries(one.id), one.policy)) for one in releases]
    return [f"{title}: {said}" for title, file in files if (said := check(file).problems)]
