"""Run a sandbox with a talkative sample app, for work on its page: python -m tests.sandbox.echo [PORT]"""

import asyncio
import sys
from typing import Any

from bot.clock import StoryClock, Wire
from bot.sandbox.page_state import Tip
from tests.sandbox.sample import actions, bolt, button, field, plain, sandbox, section

PEOPLE = {"type": "users_select", "action_id": "who", "placeholder": plain("Somebody")}
MODAL = {
    "type": "modal",
    "callback_id": "new",
    "notify_on_close": True,
    "title": plain("New release"),
    "submit": plain("Plan it"),
    "close": plain("Cancel"),
    "blocks": [
        field("Service", {"type": "plain_text_input", "action_id": "service", "placeholder": plain("payments")}),
        field("Day", {"type": "datepicker", "action_id": "day"}),
        field("Time", {"type": "timepicker", "action_id": "time", "timezone": "Europe/Berlin"}),
        field("Deployer", PEOPLE, optional=True, hint=plain("The captain, unless somebody is named")),
        field(
            "Risk",
            {
                "type": "radio_buttons",
                "action_id": "risk",
                "options": [{"text": plain(word), "value": word} for word in ("low", "medium", "high")],
            },
        ),
        field("Changes", {"type": "plain_text_input", "action_id": "changes", "multiline": True}, optional=True),
    ],
}


def card(now: int) -> list[dict[str, Any]]:
    confirm = {
        "title": plain("Roll back?"),
        "text": plain("2.13.4 goes live."),
        "confirm": plain("Roll back"),
        "deny": plain("No"),
    }
    menu = {
        "type": "overflow",
        "action_id": "more",
        "options": [{"text": plain(word), "value": word} for word in ("Hold", "Reschedule", "Why?")],
    }
    return [
        {"type": "header", "text": plain("payments 2.14.0 → production")},
        section(
            f"🟡 Go/no-go open until <!date^{now + 3600}^{{time}}|later>",
            accessory=menu,
        ),
        {
            "type": "section",
            "fields": [{"type": "mrkdwn", "text": "*Captain*\nAna"}, {"type": "mrkdwn", "text": "*Risk*\nmedium"}],
        },
        {"type": "context", "elements": [{"type": "mrkdwn", "text": "REL-12 · normal"}]},
        {"type": "divider"},
        actions(
            button("Go", "vote", value="go", style="primary"),
            button("No-go", "no_go", value="no-go"),
            button("Roll back", "back", style="danger", confirm=confirm),
            PEOPLE,
        ),
    ]


def answer(app: Any, clock: StoryClock) -> None:
    @app.command("/release")
    async def release(ack: Any, client: Any, body: Any) -> None:
        if body["text"] == "slow":
            await asyncio.sleep(4)
        if body["text"].startswith("new"):
            await client.views_open(trigger_id=body["trigger_id"], view=MODAL)
            await ack()
            return
        blocks = card(int(clock.now().timestamp()))
        await client.chat_postMessage(channel=body["channel_id"], text="payments 2.14.0 is open", blocks=blocks)
        await ack(f"Understood: {body['text'] or 'nothing'}. Try `/release new` or `/release slow`.")

    @app.action("vote")
    async def vote(ack: Any, body: Any, client: Any) -> None:
        channel, ts = body["channel"]["id"], body["message"]["ts"]
        await client.chat_postMessage(
            channel=channel, thread_ts=ts, text=f"<@{body['user']['id']}> said go.", reply_broadcast=True
        )
        await ack()

    @app.action("no_go")
    async def refuse(ack: Any, respond: Any) -> None:
        await respond(
            text="Why not?", blocks=[section("*Why not?* Only you see this."), actions(button("Never mind", "nothing"))]
        )
        await ack()

    @app.action("nothing")
    async def nothing(ack: Any, respond: Any) -> None:
        await respond(delete_original=True)
        await ack()

    for name in ("more", "back", "who"):

        @app.action(name)
        async def other(ack: Any, body: Any, respond: Any) -> None:
            await respond(text=f"`{body['actions'][0]['action_id']}` reached the app.", replace_original=False)
            await ack()

    @app.view("new")
    async def planned(ack: Any, body: Any, client: Any) -> None:
        view = body["view"]
        service = next(held["service"]["value"] for held in view["state"]["values"].values() if "service" in held)
        if service == "wrong":
            block_id = view["blocks"][0]["block_id"]
            await ack(response_action="errors", errors={block_id: "There is no such service."})
            return
        await client.chat_postMessage(channel=body["user"]["id"], text=f"Planned *{service}*.")
        await ack()

    @app.view_closed("new")
    async def closed(ack: Any) -> None:
        await ack()

    @app.shortcut("new")
    async def from_menu(ack: Any, client: Any, body: Any) -> None:
        await client.views_open(trigger_id=body["trigger_id"], view=MODAL)
        await ack()

    @app.shortcut("actions")
    async def on_message(ack: Any, respond: Any) -> None:
        await respond(text="Actions for that message.")
        await ack()

    @app.event("app_home_opened")
    async def home(event: Any, client: Any) -> None:
        blocks = [section("*Waiting on me (1)*"), *card(int(clock.now().timestamp()))[3:]]
        await client.views_publish(user_id=event["user"], view={"type": "home", "blocks": blocks})

    @app.event("app_mention")
    async def mention(event: Any, say: Any) -> None:
        await say(text="You called?", thread_ts=event.get("thread_ts", event["ts"]))

    @app.event("message")
    async def message(event: Any, say: Any) -> None:
        await say(f"You wrote: {event['text']}")


async def main(port: int) -> None:
    clock = StoryClock()
    hint = [Tip("Type /release in #payments."), Tip("Press Go as two people."), Tip("Type /release new.")]
    async with sandbox(clock=clock, wire=Wire(), port=port, hint=hint) as slack, bolt(slack) as app:
        answer(app, clock)
        sys.stdout.write(f"{slack.url}\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    try:
        asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 4100))
    except KeyboardInterrupt:
        sys.exit(0)
