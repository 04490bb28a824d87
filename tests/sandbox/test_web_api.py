"""The Web API is as strict as Slack's: tokens, scopes, membership, arguments."""

from typing import Any

import pytest

from bot.sandbox.server import Sandbox
from tests.sandbox.calls import caller
from tests.sandbox.sample import actions, button, sandbox, section


def id_of(slack: Sandbox, name: str) -> str:
    return slack.room(name).id if name.startswith("#") else slack.person(name).id


async def test_a_token_must_be_known_and_of_the_right_kind() -> None:
    async with sandbox() as slack, caller(slack) as call:
        assert (await call("auth.test"))["user_id"] == slack.bot_user_id
        assert await call.error("auth.test", token="xoxb-other") == "invalid_auth"
        assert await call.error("auth.test", token=slack.app_token) == "not_allowed_token_type"
        assert await call.error("apps.connections.open") == "not_allowed_token_type"
        opened = await call("apps.connections.open", token=slack.app_token)
        assert opened["url"].startswith("ws://127.0.0.1")
        assert (await call.form("auth.test", {}))["error"] == "not_authed"
        assert (await call.form("auth.test", {"token": slack.bot_token}))["ok"]


async def test_a_removed_app_has_no_token_any_more() -> None:
    async with sandbox() as slack, caller(slack) as call:
        await slack.uninstall()
        assert await call.error("auth.test") == "token_revoked"


async def test_a_missing_scope_is_named() -> None:
    declined = frozenset({"channels:history", "chat:write"})
    async with sandbox(refused_scopes=declined) as slack, caller(slack) as call:
        answer = await call("chat.postMessage", channel=id_of(slack, "#payments"), text="hello")
        assert (answer["error"], answer["needed"]) == ("missing_scope", "chat:write")
        assert "users:read" in answer["provided"] and "chat:write" not in answer["provided"]
        assert "users:read" in call.headers["x-oauth-scopes"]
        assert call.headers["x-accepted-oauth-scopes"] == "chat:write"
        assert await call.error("conversations.history", channel=id_of(slack, "#payments")) == "missing_scope"
        secret = await call("conversations.history", channel=id_of(slack, "#secret-launch"))
        assert secret["ok"], "the scope for private channels is another one"


async def test_an_unknown_method_is_flagged() -> None:
    async with sandbox() as slack, caller(slack) as call:
        assert await call.error("chat.shout", text="hello") == "unknown_method"
        assert slack.traffic.of("chat.shout")[0].unknown


@pytest.mark.parametrize(
    ("place", "error"),
    [
        ("#checkout", "not_in_channel"),
        ("C0NOWHERE", "channel_not_found"),
        ("dora", "user_disabled"),
        ("fay", "user_not_visible"),
    ],
)
async def test_the_bot_posts_only_where_it_may(place: str, error: str) -> None:
    async with sandbox() as slack, caller(slack) as call:
        channel = place if place.startswith("C0") else id_of(slack, place)
        assert await call.error("chat.postMessage", channel=channel, text="hello") == error


async def test_a_private_channel_without_the_bot_does_not_exist_for_it() -> None:
    async with sandbox() as slack, caller(slack) as call:
        secret = id_of(slack, "#secret-launch")
        await slack.person("ana").types("/remove @T-Minus", in_="#secret-launch")
        for method in ("chat.postMessage", "conversations.info", "conversations.members"):
            assert await call.error(method, channel=secret, text="hello") == "channel_not_found"
        listed = await call("conversations.list", types="public_channel,private_channel")
        assert secret not in [channel["id"] for channel in listed["channels"]]


async def test_an_archived_channel_takes_no_messages() -> None:
    async with sandbox() as slack, caller(slack) as call:
        channel = id_of(slack, "#payments")
        posted = await call("chat.postMessage", channel=channel, text="hello")
        await slack.person("ana").types("/archive", in_="#payments")
        assert await call.error("chat.postMessage", channel=channel, text="hello") == "is_archived"
        assert await call.error("chat.update", channel=channel, ts=posted["ts"], text="bye") == "is_inactive"
        listed = await call("conversations.list", exclude_archived="true")
        assert channel not in [one["id"] for one in listed["channels"]]


@pytest.mark.parametrize(
    ("args", "error"),
    [
        ({"text": ""}, "no_text"),
        ({"text": "  "}, "no_text"),
        ({"text": "x", "blocks": "no list"}, "invalid_blocks_format"),
        ({"text": "x", "blocks": [{"type": "sparkle"}]}, "invalid_blocks"),
        ({"text": "x", "blocks": [section("x" * 3000)] * 5}, "msg_blocks_too_long"),
        ({"text": "x", "thread_ts": "yesterday"}, "invalid_thread_ts"),
        ({"text": "x", "thread_ts": "1764579600.000001"}, "thread_not_found"),
        ({"text": "x", "metadata": {"event_type": "card"}}, "invalid_metadata_format"),
        ({"text": "x", "metadata": {"event_type": "card", "event_payload": {"a": "x" * 9000}}}, "metadata_too_large"),
    ],
)
async def test_a_malformed_message_is_refused(args: dict[str, Any], error: str) -> None:
    async with sandbox() as slack, caller(slack) as call:
        assert await call.error("chat.postMessage", channel=id_of(slack, "#payments"), **args) == error


async def test_faulty_blocks_are_explained_like_slack_does() -> None:
    async with sandbox() as slack, caller(slack) as call:
        answer = await call("chat.postMessage", channel=id_of(slack, "#payments"), text="x", blocks=[section("")])
        complaint = "must be more than 0 characters [json-pointer:/blocks/0/text/text]"
        assert answer["errors"] == [complaint]
        assert answer["response_metadata"]["messages"] == [f"[ERROR] {complaint}"]


async def test_an_update_follows_slacks_rules() -> None:
    async with sandbox() as slack, caller(slack) as call:
        channel = id_of(slack, "#payments")
        metadata = {"event_type": "card", "event_payload": {"outbox": 7}}
        blocks = [section("card"), actions(button("Go", "vote"))]
        posted = await call("chat.postMessage", channel=channel, text="card", blocks=blocks, metadata=metadata)
        ts = posted["ts"]
        assert posted["message"]["blocks"][0]["block_id"], "Slack gives ids to blocks without one"

        kept = await call("chat.update", channel=channel, ts=ts, text="new", blocks=[section("new")])
        assert "edited" not in kept["message"], "no mark where blocks are used"
        assert kept["message"]["metadata"] == metadata
        bare = await call("chat.update", channel=channel, ts=ts, text="only text")
        assert "blocks" not in bare["message"], "text alone takes the blocks away"
        assert bare["message"]["edited"]["user"] == slack.bot_user_id

        assert await call.error("chat.update", channel=channel, ts=ts, text="x" * 4001) == "msg_too_long"
        assert await call.error("chat.update", channel=channel, ts="1.000001", text="x") == "message_not_found"
        await slack.person("bo").types("mine")
        theirs = slack.room("#payments").last["ts"]
        assert await call.error("chat.update", channel=channel, ts=theirs, text="x") == "cant_update_message"
        assert await call.error("chat.delete", channel=channel, ts=theirs) == "cant_delete_message"


async def test_a_thread_counts_its_replies_and_outlives_its_head() -> None:
    async with sandbox() as slack, caller(slack) as call:
        channel = id_of(slack, "#payments")
        head = (await call("chat.postMessage", channel=channel, text="card"))["ts"]
        await call("chat.postMessage", channel=channel, text="detail", thread_ts=head)
        said = await call("chat.postMessage", channel=channel, text="It's go.", thread_ts=head, reply_broadcast=True)
        assert (
            await call.error("chat.postMessage", channel=channel, text="x", thread_ts=said["ts"])
            == "cannot_reply_to_message"
        )
        history = await call("conversations.history", channel=channel)
        assert [message["text"] for message in history["messages"]] == ["It's go.", "card"]
        assert history["messages"][1]["reply_count"] == 2
        replies = await call("conversations.replies", channel=channel, ts=head)
        assert [message["text"] for message in replies["messages"]] == ["card", "detail", "It's go."]

        link = await call("chat.getPermalink", channel=channel, message_ts=said["ts"])
        assert link["permalink"].endswith(f"?thread_ts={head}&cid={channel}")
        await call("chat.delete", channel=channel, ts=head)
        assert slack.room("#payments").thread(head)[0]["subtype"] == "tombstone"


async def test_history_tells_metadata_only_when_asked() -> None:
    async with sandbox() as slack, caller(slack) as call:
        channel = id_of(slack, "#payments")
        metadata = {"event_type": "card", "event_payload": {"outbox": 7}}
        await call("chat.postMessage", channel=channel, text="card", metadata=metadata)
        plain = await call("conversations.history", channel=channel)
        assert "metadata" not in plain["messages"][0]
        asked = await call("conversations.history", channel=channel, include_all_metadata=True)
        assert asked["messages"][0]["metadata"] == metadata


async def test_an_ephemeral_message_is_for_a_member_only_and_cannot_be_changed() -> None:
    async with sandbox() as slack, caller(slack) as call:
        channel = id_of(slack, "#payments")
        finn, dora = id_of(slack, "finn"), id_of(slack, "dora")
        for stranger in (finn, dora):
            assert (
                await call.error("chat.postEphemeral", channel=channel, user=stranger, text="x")
                == "user_not_in_channel"
            )
        said = await call("chat.postEphemeral", channel=channel, user=id_of(slack, "bo"), text="psst")
        assert "psst" in slack.room("#payments").reads("bo")
        assert "psst" not in slack.room("#payments").reads("ana")
        assert await call.error("chat.update", channel=channel, ts=said["message_ts"], text="x") == "message_not_found"


async def test_an_ephemeral_message_in_a_thread_that_nobody_has_begun_is_shown_nowhere() -> None:
    async with sandbox() as slack, caller(slack) as call:
        place: dict[str, str] = {"channel": id_of(slack, "#payments"), "user": id_of(slack, "bo")}
        head = (await call("chat.postMessage", channel=place["channel"], text="card"))["ts"]
        assert (await call("chat.postEphemeral", **place, thread_ts=head, text="psst"))["ok"]
        assert "psst" not in slack.room("#payments").reads("bo")
        await call("chat.postMessage", channel=place["channel"], thread_ts=head, text="a reply")
        await call("chat.postEphemeral", **place, thread_ts=head, text="psst")
        assert "psst" in slack.room("#payments").reads("bo")


async def test_lists_come_in_pages() -> None:
    async with sandbox() as slack, caller(slack) as call:
        names, cursor = [], ""
        for _ in range(10):
            page = await call("conversations.list", limit=2, cursor=cursor)
            names += [channel["name"] for channel in page["channels"]]
            cursor = page["response_metadata"]["next_cursor"]
            if not cursor:
                break
        assert sorted(names) == ["checkout", "duo", "general", "payments", "releases"]
        assert await call.error("conversations.list", cursor="what") == "invalid_cursor"
        assert await call.error("conversations.list", types="public_channel,cave") == "invalid_types"


async def test_people_are_told_as_slack_tells_them() -> None:
    async with sandbox() as slack, caller(slack) as call:
        everyone = {user["name"]: user for user in (await call("users.list"))["members"]}
        assert everyone["clara"]["tz"] == "Asia/Kolkata"
        assert everyone["clara"]["tz_offset"] == 19800
        assert everyone["dora"]["deleted"] and "tz" not in everyone["dora"]
        assert everyone["gus"]["is_restricted"]
        assert everyone["tminus"]["is_bot"] and not everyone["slackbot"]["is_bot"]
        assert "fay" not in everyone
        fay = (await call("users.info", user=id_of(slack, "fay")))["user"]
        assert fay["team_id"] != slack.team_id and fay["is_stranger"] and "tz" not in fay
        assert await call.error("users.info", user="U0NOBODY") == "user_not_found"

        groups = (await call("usergroups.list", include_users="true"))["usergroups"]
        assert groups[0]["handle"] == "qa"
        members = (await call("usergroups.users.list", usergroup=groups[0]["id"]))["users"]
        assert members == [id_of(slack, "bo"), id_of(slack, "eve")] == groups[0]["users"]
        assert await call.error("usergroups.users.list", usergroup="S0NONE") == "no_such_subteam"


async def test_the_bot_joins_public_channels_and_opens_direct_messages() -> None:
    async with sandbox() as slack, caller(slack) as call:
        checkout = id_of(slack, "#checkout")
        assert not (await call("conversations.info", channel=checkout))["channel"]["is_member"]
        assert await call.error("conversations.history", channel=checkout) == "not_in_channel"
        assert (await call("conversations.join", channel=checkout))["channel"]["is_member"]
        assert slack.bot_user_id in (await call("conversations.members", channel=checkout))["members"]
        shared = await call("conversations.info", channel=id_of(slack, "#payments"))
        assert shared["channel"]["is_ext_shared"]

        opened = await call("conversations.open", users=id_of(slack, "gus"))
        assert opened["channel"]["id"] == slack.dm("gus").id
        posted = await call("chat.postMessage", channel=id_of(slack, "gus"), text="hello")
        assert posted["channel"] == slack.dm("gus").id


async def test_a_reaction_is_given_once() -> None:
    async with sandbox() as slack, caller(slack) as call:
        channel = id_of(slack, "#payments")
        await slack.person("ana").types("done")
        target = {"channel": channel, "timestamp": slack.room("#payments").last["ts"], "name": "rocket"}
        assert (await call("reactions.add", **target))["ok"]
        assert await call.error("reactions.add", **target) == "already_reacted"
        assert slack.room("#payments").reads() == "Ana: done\n    :rocket: 1"


async def test_only_posting_takes_a_channels_name() -> None:
    async with sandbox() as slack, caller(slack) as call:
        assert (await call("chat.postMessage", channel="#payments", text="hello"))["ok"]
        assert await call.error("conversations.info", channel="#payments") == "channel_not_found"
        assert await call.error("chat.postMessage", channel="#nowhere", text="hello") == "channel_not_found"
