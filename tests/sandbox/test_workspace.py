"""The workspace remembers, counts what is unread, and comes out the same with the same seed."""

from pathlib import Path

from bot.sandbox.reading import threads
from bot.sandbox.server import Sandbox
from tests.sandbox.calls import caller
from tests.sandbox.sample import sandbox, section


async def a_morning(slack: Sandbox) -> str:
    async with caller(slack) as call:
        await slack.person("ana").types("Morning, @Bo")
        await call("chat.postMessage", channel=slack.room("#payments").id, text="card", blocks=[section("card")])
        await call("chat.postMessage", channel=slack.person("bo").id, text="Yours by 13:30.")
        await slack.person("clara").types("late", thread=slack.room("#payments").messages[0])
    return repr([slack.room("#payments").messages, slack.dm("bo").messages, slack.bot_token, slack.team_id])


async def test_the_same_seed_gives_the_same_day() -> None:
    days = []
    for seed in (1, 1, 2):
        async with sandbox(seed=seed) as slack:
            days.append(await a_morning(slack))
    assert days[0] == days[1] != days[2]


async def test_a_restart_forgets_nothing_and_repeats_no_id(tmp_path: Path) -> None:
    data = tmp_path / "slack" / "sandbox.db"
    async with sandbox(data=data) as slack, caller(slack) as call:
        before = await a_morning(slack)
        await call("views.publish", user_id=slack.person("bo").id, view={"type": "home", "blocks": [section("x")]})
        await slack.person("ana").types("/invite @Finn")
        said = slack.room("#payments").reads()
    async with sandbox(data=data) as slack:
        assert slack.room("#payments").reads() == said
        assert slack.person("bo").reads("home") == "x"
        assert slack.person("finn").id in slack.room("#payments").channel.members
        assert slack.bot_token in before
        await slack.person("ana").types("and on")
        stamps = [message["ts"] for message in slack.room("#payments").messages]
        assert stamps == sorted(set(stamps))


async def test_what_is_unread_is_counted_for_each_person() -> None:
    async with sandbox() as slack, caller(slack) as call:
        await a_morning(slack)
        ana, bo, eve, fay = (slack.person(name) for name in ("ana", "bo", "eve", "fay"))
        assert (bo.unread("#payments").unread, bo.unread("#payments").mentions) == (2, 1)
        assert (eve.unread("#payments").unread, eve.unread("#payments").mentions) == (2, 0)
        assert ana.unread("#payments").unread == 1, "one's own words are read"
        assert (bo.unread("dm").unread, bo.unread("dm").mentions) == (1, 1)
        await bo.marks_read("#payments")
        assert bo.unread("#payments").unread == 0
        await ana.types("@qa please look")
        assert [person.unread("#payments").mentions for person in (bo, eve, fay)] == [1, 1, 0]
        await call("chat.postMessage", channel=slack.room("#payments").id, text="x", blocks=[section("typed: @here")])
        assert fay.unread("#payments").mentions == 1, "literal @here calls everyone unless it is verbatim"
        verbatim = {"type": "section", "text": {"type": "mrkdwn", "text": "typed: @here", "verbatim": True}}
        await call("chat.postMessage", channel=slack.room("#payments").id, text="x", blocks=[verbatim])
        assert fay.unread("#payments").mentions == 1


async def test_threads_are_followed_by_who_wrote_or_was_called_in_them() -> None:
    async with sandbox() as slack:
        await a_morning(slack)
        followed = {name: threads(slack.workspace, slack.person(name).id) for name in ("ana", "bo", "clara", "eve")}
        assert [(len(followed[name]), sum(t.unread for t in followed[name])) for name in followed] == [
            (1, 1),
            (1, 1),
            (1, 0),
            (0, 0),
        ]


async def test_the_first_workspace_is_as_promised() -> None:
    async with sandbox() as slack:

        def members(room: str) -> set[str]:
            return {slack.workspace.users[member].name for member in slack.room(room).channel.members}

        assert members("#payments") == {"ana", "tom", "bo", "clara", "eve", "fay", "tminus"}
        assert members("#duo") == {"tom", "ana", "tminus"}
        assert members("#secret-launch") == {"ana", "bo", "tminus"}
        assert "tminus" in members("#releases") and "tminus" not in members("#checkout")
        zones = {slack.person(name).user.tz for name in ("ana", "tom", "bo", "eve", "clara", "finn")}
        assert zones == {"Europe/Berlin", "America/New_York", "Asia/Kolkata"}
