"""Press, choose, fill and submit: gestures on the blocks of messages, modals and Home tabs."""

from typing import Any

from bot.sandbox import payloads
from bot.sandbox.deliver import Delivery
from bot.sandbox.errors import ApiError, Refused
from bot.sandbox.forms import State, faults, options, value_name, values
from bot.sandbox.gestures import Gestures, Outcome
from bot.sandbox.messages import elements_of
from bot.sandbox.people import Channel, Json, User

_CONNECTION = "We had some trouble connecting. Try again?"
_SELECTED = (
    "selected_option", "selected_options", "selected_user", "selected_users", "selected_channel",
    "selected_channels", "selected_conversation", "selected_conversations", "selected_date", "selected_time",
    "selected_date_time", "value",
)  # fmt: skip


class BlockGestures(Gestures):
    """Every gesture there is."""

    async def click(
        self,
        user_id: str,
        channel_id: str,
        ts: str,
        block_id: str,
        action_id: str,
        *,
        shown: Json | None = None,
        **given: Any,
    ) -> Outcome:
        """Use an element of a message. `given` is what was chosen, under its payload name.

        `shown` is the message as this person still sees it, when it has changed meanwhile.
        """
        user = self.person(user_id)
        channel = self.channel_of(user, channel_id)
        message = self._message(user, channel, ts)
        seen = shown or message
        blocks = [*seen.get("blocks", [])]
        for attachment in seen.get("attachments", []):
            blocks += attachment.get("blocks", [])
        block, element = _element(blocks, block_id, action_id)
        mine = self.chosen.setdefault((user.id, channel.id, ts), {})
        _remember(mine, block, element, given)
        if not _dispatches(block, element):
            return Outcome(channel=channel.id)
        state = values(blocks, mine, conversation=channel.id)
        action = _action(block, element, given)
        payload = payloads.message_click(self.world, user, channel, message, state, action)
        outcome = await self.interact(payload)
        outcome.channel = channel.id
        return outcome

    async def view_action(
        self, user_id: str, view_id: str, block_id: str, action_id: str, state: State | None = None, **given: Any
    ) -> Outcome:
        """Use an element of a modal or a Home tab; `state` is everything filled in so far."""
        user = self.person(user_id)
        view = self._view(user, view_id)
        block, element = _element(view["blocks"], block_id, action_id)
        filled: State = {key: dict(held) for key, held in view["state"]["values"].items()}
        for key, held in (state or {}).items():
            filled.setdefault(key, {}).update(held)
        _remember(filled, block, element, given)
        view["state"] = {"values": values(view["blocks"], filled)}
        if not _dispatches(block, element):
            return Outcome()
        return await self.interact(payloads.view_click(self.world, user, view, _action(block, element, given)))

    async def submit(self, user_id: str, view_id: str, state: State) -> Outcome:
        """Send a modal off, once the client is content with it, and do what the app answers."""
        user = self.person(user_id)
        view = self._view(user, view_id)
        if view.get("submit") is None and any(block["type"] == "input" for block in view["blocks"]):
            raise Refused("This has nothing to submit.")
        view["state"] = {"values": values(view["blocks"], state)}
        if errors := faults(view["blocks"], view["state"]["values"]):
            return Outcome(False, "Please check the marked fields.", errors)
        delivery = Delivery("interactive", payloads.view_submission(self.world, user, view), accepts_response=True)
        ack = await self.world.deliverer.send(delivery)
        if not ack.ok:
            return Outcome(False, _CONNECTION, delivery=delivery)
        try:
            outcome = self._submitted(user, view, ack.body)
        except ApiError as error:
            self.world.traffic.note(
                "from app", "ack", summary=error.word, ok=False, request=ack.body, response=error.more
            )
            outcome = Outcome(False, _CONNECTION)
        outcome.delivery = delivery
        return outcome

    async def close(self, user_id: str, view_id: str, *, all_: bool = False) -> Outcome:
        """Close a modal with its Cancel button, or the whole stack with the x."""
        user = self.person(user_id)
        view = self._view(user, view_id)
        closed = self.world.views.close(user.id, view_id, all_=all_)
        if all_:
            # The x is told once, of the root.
            told = [closed[-1]] if closed[-1]["notify_on_close"] else []
        else:
            told = [view] if view["notify_on_close"] else []
        for one in told:
            await self.interact(payloads.view_closed(self.world, user, one, is_cleared=all_))
        return Outcome()

    def _submitted(self, user: User, view: Json, body: Json | str | None) -> Outcome:
        """Follow the response_action. ApiError if what the app wants is not possible."""
        views, workspace = self.world.views, self.world.workspace
        if not body:
            views.close(user.id, view["id"])
            return Outcome()
        action = body.get("response_action") if isinstance(body, dict) else None
        if not isinstance(body, dict) or action not in ("errors", "update", "push", "clear"):
            raise ApiError("invalid_response_action", got=body)
        if action == "clear":
            workspace.save_stack(user.id, [])
        elif action == "update":
            views.replace(user.id, view, body.get("view"))
        elif action == "push":
            views.push(user.id, body.get("view"))
        else:
            errors = body.get("errors")
            inputs = {block["block_id"] for block in view["blocks"] if block["type"] == "input"}
            if not isinstance(errors, dict) or not errors or not set(errors) <= inputs:
                raise ApiError("invalid_errors", inputs=sorted(inputs))
            return Outcome(False, "Please check the marked fields.", {key: str(word) for key, word in errors.items()})
        return Outcome()

    def _message(self, user: User, channel: Channel, ts: str) -> Json:
        workspace = self.world.workspace
        for message in workspace.whispers(channel, user.id):
            if message["ts"] == ts:
                return message
        found = workspace.message(channel, ts)
        if found is None:
            raise Refused("This message does not exist any more.")
        return found

    def _view(self, user: User, view_id: str) -> Json:
        found = self.world.workspace.view(view_id)
        if found is None or found[0] != user.id:
            raise Refused("This is not open any more.")
        return found[1]


def _element(blocks: list[Json], block_id: str, action_id: str) -> tuple[Json, Json]:
    for block in blocks:
        if block["block_id"] == block_id:
            for element in elements_of(block):
                if element.get("action_id") == action_id:
                    return block, element
    raise Refused("This button is not there any more.")


def _dispatches(block: Json, element: Json) -> bool:
    """Does using this element tell the app at once? Inputs only do when they say so."""
    return block["type"] != "input" or bool(block.get("dispatch_action"))


def _given(element: Json, given: Json) -> tuple[str, Any]:
    """(payload name, value) of what was chosen, with options as the app wrote them. Refused if impossible."""
    name = "selected_option" if element["type"] == "overflow" else value_name(element)
    if name is None:
        return "value", element.get("value", "")
    chosen = given.get(name)
    known = options(element)
    if known and chosen is not None:
        wanted = [one.get("value") for one in (chosen if isinstance(chosen, list) else [chosen])]
        whole = [option for option in known if option["value"] in wanted]
        if len(whole) != len(wanted):
            raise Refused("This option is not there any more.")
        chosen = whole if isinstance(chosen, list) else whole[0]
    return name, chosen


def _remember(state: State, block: Json, element: Json, given: Json) -> None:
    if value_name(element) and any(name in given for name in _SELECTED):
        name, value = _given(element, given)
        state.setdefault(block["block_id"], {})[element["action_id"]] = {"type": element["type"], name: value}


def _action(block: Json, element: Json, given: Json) -> Json:
    """The entry of `actions` for this element."""
    name, value = _given(element, given)
    action: Json = {
        "type": element["type"],
        "action_id": element["action_id"],
        "block_id": block["block_id"],
        name: value,
    }
    for extra in ("text", "style", "url", "confirm", "placeholder", "initial_option", "initial_date", "timezone"):
        if element.get(extra) is not None:
            action[extra] = element[extra]
    if element["type"] == "button" and "value" not in element:
        action.pop("value")
    return action
