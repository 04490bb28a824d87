"""Open, push, update, publish and close the app's views, with their hashes and stacks."""

from typing import Any

from bot.sandbox import limits
from bot.sandbox.blockkit import check_view, view_bytes
from bot.sandbox.errors import ApiError
from bot.sandbox.forms import values
from bot.sandbox.messages import with_ids
from bot.sandbox.people import Json
from bot.sandbox.workspace import Workspace


class Views:
    """What the app shows to each person: a stack of modals, and a Home tab."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def open(self, user: str, view: Any, *, tab: str | None = None) -> Json:
        """A first modal, in place of what was open. `tab`: where it is shown; None is everywhere."""
        made = self._made(user, view, "modal", stack=[])
        self._workspace.stack_tabs[user] = tab
        self._workspace.save_stack(user, [made])
        return made

    def push(self, user: str, view: Any) -> Json:
        """On top of the stack. ApiError: push_limit_reached, not_found (nothing is open)."""
        stack = self._workspace.stacks.get(user) or []
        if not stack:
            raise ApiError("not_found")
        if len(stack) >= limits.VIEWS_PER_STACK:
            raise ApiError("push_limit_reached")
        made = self._made(user, view, "modal", stack=stack)
        self._workspace.save_stack(user, [*stack, made])
        return made

    def update(self, view: Any, *, view_id: str | None, external_id: str | None, hash_: str | None) -> Json:
        """In place, found by either id. ApiError: not_found, hash_conflict."""
        user, old = self._find(view_id, external_id)
        if hash_ is not None and hash_ != old["hash"]:
            raise ApiError("hash_conflict")
        return self.replace(user, old, view)

    def replace(self, user: str, old: Json, view: Any) -> Json:
        """Another content for an open view. Fields that keep their ids keep what was typed."""
        stack = self._workspace.stacks.get(user) or []
        made = self._made(user, view, old["type"], stack=stack, replaces=old)
        if old["type"] == "home":
            self._workspace.save_home(user, made)
        else:
            self._workspace.save_stack(user, [made if one["id"] == old["id"] else one for one in stack])
        return made

    def publish(self, user: str, view: Any, *, hash_: str | None) -> Json:
        """The Home tab of one person. ApiError: hash_conflict."""
        old = self._workspace.homes.get(user)
        if hash_ is not None and (old is None or hash_ != old["hash"]):
            raise ApiError("hash_conflict")
        made = self._made(user, view, "home", stack=[], replaces=old)
        self._workspace.save_home(user, made)
        return made

    def close(self, user: str, view_id: str, *, all_: bool = False) -> list[Json]:
        """Close a modal and what lies on it (or everything); what was closed, top first."""
        stack = self._workspace.stacks.get(user) or []
        place = next((index for index, view in enumerate(stack) if view["id"] == view_id), len(stack))
        place = 0 if all_ else place
        closed = stack[place:]
        self._workspace.save_stack(user, stack[:place])
        return closed[::-1]

    def _find(self, view_id: str | None, external_id: str | None) -> tuple[str, Json]:
        if view_id:
            found = self._workspace.view(view_id)
            if found:
                return found
        elif external_id:
            for user, view in self._all():
                if view.get("external_id") == external_id:
                    return user, view
        raise ApiError("not_found")

    def _all(self) -> list[tuple[str, Json]]:
        stacks = self._workspace.stacks.items()
        return [*((u, v) for u, stack in stacks for v in stack), *self._workspace.homes.items()]

    def _made(self, user: str, view: Any, kind: str, *, stack: list[Json], replaces: Json | None = None) -> Json:
        """A checked view with everything Slack adds to it."""
        problems = check_view(view)
        if not problems and view["type"] != kind:
            problems = [f"must be a {kind} here [json-pointer:/view/type]"]
        if problems:
            raise ApiError.with_messages("invalid_arguments", problems)
        if view_bytes(view) > limits.VIEW_BYTES:
            raise ApiError("view_too_large")
        external = view.get("external_id") or ""
        others = [v for _, v in self._all() if replaces is None or v["id"] != replaces["id"]]
        if external and any(v.get("external_id") == external for v in others):
            raise ApiError("duplicate_external_id")
        workspace = self._workspace
        view_id = replaces["id"] if replaces else workspace.ids.next("V")
        blocks = with_ids(workspace, view["blocks"])
        made: Json = {
            "id": view_id,
            "team_id": workspace.team.id,
            "type": kind,
            "blocks": blocks,
            "private_metadata": view.get("private_metadata", ""),
            "callback_id": view.get("callback_id", ""),
            "state": {"values": values(blocks, replaces["state"]["values"] if replaces else {})},
            "hash": f"{workspace.unix()}.{workspace.ids.next('', 8)}",
            "title": view.get("title") or {"type": "plain_text", "text": "View Title", "emoji": True},
            "clear_on_close": bool(view.get("clear_on_close")),
            "notify_on_close": bool(view.get("notify_on_close")),
            "close": view.get("close"),
            "submit": view.get("submit"),
            "previous_view_id": replaces["previous_view_id"] if replaces else None,
            "root_view_id": replaces["root_view_id"] if replaces else view_id,
            "app_id": workspace.app_id,
            "external_id": external,
            "app_installed_team_id": workspace.team.id,
            "bot_id": workspace.bot_id,
        }
        if replaces is None and stack:
            made |= {"previous_view_id": stack[-1]["id"], "root_view_id": stack[0]["id"]}
        return made
