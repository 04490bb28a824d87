"""Know whether Slack lets the app in: by what it reports, and by whether it takes our token."""

from collections.abc import Awaitable, Callable
from typing import Any

import structlog

from bot.slack.patience import passes
from bot.slack.trouble import judge
from storage.engine import Store
from storage.work import Work

log = structlog.get_logger(__name__)


async def look(ask: Callable[[], Awaitable[Any]], store: Store, workspace: int) -> None:
    """Note what `ask` (auth.test) shows: a token that is refused for good means that the app was removed."""
    try:
        await ask()
    except Exception as problem:
        if not passes(problem) and await store.write(lambda work: note_removed(work, workspace), workspace=workspace):
            log.warning("app_uninstalled", error=judge(problem).error)
        return
    if await store.read(lambda work: work.workspace.uninstalled_at, workspace=workspace) is not None:
        await store.write(lambda work: note_let_in(work, workspace), workspace=workspace)


def note_removed(work: Work, workspace: int) -> bool:
    """The app was removed: nothing of the workspace is shown to anybody outside it. False where that is known."""
    news = work.workspaces.uninstalled(workspace)
    if news:
        work.audit.note("app_uninstalled", None, "event", {})
    return news


def note_let_in(work: Work, workspace: int) -> None:
    """Slack lets the app in: if it was removed before, it is installed again."""
    if work.workspaces.installed(workspace):
        work.audit.note("app_installed", None, "start", {})
