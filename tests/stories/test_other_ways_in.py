"""The same verbs by every way in: a mention in the thread, the bot's direct messages, the menu, both shortcuts."""

import pytest

from tests.story import Story


async def test_every_way_in_leads_to_the_same_verbs(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await ana.types("/release new payments 2.14.0 in 3h")
    card = story.room("#payments").card("[Go] [No-go]")

    asked = await bo.types("@T-Minus why", in_="#payments", thread=card)
    assert "payments 2.14.0 is not go yet" in asked.text
    direct = await bo.types("status REL-1", in_="dm")
    assert "Ana planned it for" in direct.text
    menu = await bo.clicks("Why?", on=card)
    assert menu.text == asked.text

    actions = await bo.message_shortcut("Release actions…", card)
    assert actions.text == (await bo.types("/release more")).text, "all that he can do, and nothing else"
    assert "[Go] [No-go]" in actions.text and "Close go/no-go" not in actions.text
    held = await bo.clicks("Hold", on=actions.message)
    assert held.modal is not None
    await bo.submits(why="waiting for <!channel> *and* @here")
    await bo.closes_modal()
    assert "⏸️ On hold — Bo: “waiting for <!channel> *and* @here”" in story.room("#payments").reads()


async def test_a_mention_in_the_channel_itself_is_answered_there(story: Story) -> None:
    """No thread begins with it, so there is none that could show the answer."""
    ana, bo = story.people("ana", "bo")
    assert "/release new payments" in (await bo.types("@T-Minus")).text, "first contact"
    await ana.types("/release new payments 2.14.0 in 3h")
    assert "payments 2.14.0 is not go yet" in (await bo.types("@T-Minus why")).text
    assert "You said go" in (await bo.types("@T-Minus go")).text
    assert [whisper.get("thread_ts") for whisper in bo.ephemerals] == [None, None, None]
    card = story.room("#payments").card("Start deploy")
    await bo.types("@T-Minus why", thread=card)
    assert bo.ephemerals[-1]["thread_ts"] == card["ts"], "in a thread, in the thread"


@pytest.mark.parametrize("typed", ["why @T-Minus", "hey @T-Minus why", "*@T-Minus* why", "@T-Minus, please why"])
async def test_the_bot_may_be_called_anywhere_in_the_line(story: Story, typed: str) -> None:
    ana, bo = story.people("ana", "bo")
    await ana.types("/release new payments 2.14.0 in 3h")
    assert "payments 2.14.0 is not go yet" in (await bo.types(typed)).text


async def test_what_is_typed_in_a_thread_of_direct_messages_is_answered_there(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await ana.types("/release new payments 2.14.0 in 3h")
    await bo.types("status REL-1", in_="dm")
    asked = next(one for one in bo.dm.messages if one["user"] == bo.id)
    seen = await bo.types("why REL-1", in_="dm", thread=asked)
    assert "payments 2.14.0 is not go yet" in seen.text
    assert bo.dm.messages[-1].get("thread_ts") == asked["ts"]


async def test_hyphens_and_spaces_that_other_programs_insert_are_read_as_typed(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await ana.types("/release new web 1.9\N{ZERO WIDTH SPACE} in 3h")
    assert (await story.release("web 1.9")).parts == {"web 1.9": "pending"}
    await bo.types("/release no\N{NON-BREAKING HYPHEN}go REL\N{NON-BREAKING HYPHEN}1 the tests are red")
    assert (await story.release("web 1.9")).votes == {"bo": "no-go"}


async def test_the_global_shortcut_plans_a_release_of_several_parts(story: Story) -> None:
    (bo,) = story.people("bo")
    await bo.shortcut("New release")
    refused = await bo.submits(service="web", version="5.1", when="in 2h", channel="#payments", parts="api")
    said = "“api” has no version. Write it after the service, for example: api 5.1"
    assert refused.errors["parts"] == said
    done = await bo.submits(parts="api 3.2, search 0.9 staging")
    assert "web 5.1 + api 3.2 + search 0.9" in done.text
    parts = {"web 5.1": "pending", "api 3.2": "pending", "search 0.9 (staging)": "pending"}
    assert (await story.release("web 5.1")).parts == parts


@pytest.mark.once
async def test_a_line_is_read_once_and_not_again_when_it_is_edited(story: Story) -> None:
    """Slack reports a mention anew when its message is edited, however long ago it was written."""
    (ana,) = story.people("ana")
    await ana.types("/release new payments 2.14.0 in 3h")
    card = story.room("#payments").card("payments 2.14.0")
    await ana.types("@T-Minus extend 1h", thread=card)
    before = await story.release("payments 2.14.0")
    line = next(one for one in story.room("#payments").messages if "extend 1h" in one["text"])

    seen = await ana.edits(line, "@T-Minus extend  1h")
    assert (await story.release("payments 2.14.0")).history == before.history
    assert "I read a line when it is posted, and never again. Please type it anew." in seen.text
