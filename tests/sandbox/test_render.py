"""Transcripts show what a person reads: names, dates in their own zone, buttons, fields."""

from datetime import UTC, datetime

import pytest

from bot.sandbox.render_text import read_date, read_mrkdwn
from tests.sandbox.calls import caller
from tests.sandbox.sample import actions, button, plain, sandbox, section

NOON = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)
UNIX = int(NOON.timestamp())


def names(kind: str, id_: str) -> str:
    return {"U1": "Ana", "C1": "payments", "S1": "qa"}.get(id_, id_)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("*payments 2.14.0* is _live_ ~soon~", "payments 2.14.0 is live soon"),
        ("<@U1> in <#C1> for <!subteam^S1>", "@Ana in #payments for @qa"),
        ("<https://ci.example/7|run 7> and <https://x.example>", "run 7 and https://x.example"),
        ("a &lt;b&gt; &amp; c", "a <b> & c"),
        ("<!here> now", "@here now"),
        ("snake_case_name and 2*3*4", "snake_case_name and 2*3*4"),
        (f"at <!date^{UNIX}^{{time}}|noon>", "at 17:30"),
        (f"<!date^{UNIX}^{{date_short_pretty}} at {{time}}|noon>", "Today at 17:30"),
    ],
)
def test_notation_is_read(text: str, read: str) -> None:
    assert read_mrkdwn(text, names, "Asia/Kolkata", NOON) == read


@pytest.mark.parametrize(
    ("pattern", "read"),
    [
        ("{date_num}", "2026-12-01"),
        ("{date_short}", "Dec 1"),
        ("{date_long}", "Tuesday, December 1st"),
        ("{date_long_pretty} {time_secs}", "Tomorrow 07:00:00"),
    ],
)
def test_dates_are_read_in_the_viewers_zone(pattern: str, read: str) -> None:
    assert read_date(UNIX, pattern, "America/New_York", datetime(2026, 11, 30, 20, tzinfo=UTC)) == read


async def test_a_card_with_its_thread_reads_as_a_person_sees_it() -> None:
    async with sandbox() as slack, caller(slack) as call:
        channel = slack.room("#payments").id
        menu = {
            "type": "overflow",
            "action_id": "more",
            "options": [{"text": plain("Hold"), "value": "hold"}, {"text": plain("Why?"), "value": "why"}],
        }
        rich = {"type": "rich_text_section", "elements": [{"type": "text", "text": "typed <!here> *as is*"}]}
        blocks = [
            {"type": "header", "text": plain("payments 2.14.0")},
            section(f"🟡 Open until <!date^{UNIX}^{{time}}|noon UTC>", accessory=menu),
            {"type": "section", "fields": [{"type": "mrkdwn", "text": "*Captain*\n<@" + slack.person("ana").id + ">"}]},
            {"type": "rich_text", "elements": [rich]},
            {"type": "divider"},
            {"type": "context", "elements": [plain("REL-12"), plain("normal")]},
            actions(button("Go", "vote"), button("No-go", "no")),
        ]
        head = (await call("chat.postMessage", channel=channel, text="open", blocks=blocks))["ts"]
        await slack.person("bo").types("Looks good", thread=head)
        await call("chat.postMessage", channel=channel, text="It's go.", thread_ts=head, reply_broadcast=True)
        assert slack.room("#payments").reads(as_="bo") == (
            "T-Minus: payments 2.14.0\n"
            "    🟡 Open until 07:00  [⋯ Hold · Why?]\n"
            "    Captain @Ana\n"
            "    typed <!here> *as is*\n"
            "    ---\n"
            "    REL-12  normal\n"
            "    [Go] [No-go]\n"
            "  ↳ Bo: Looks good\n"
            "  ↳ T-Minus (to channel): It's go.\n"
            "T-Minus (to channel): It's go."
        )


async def test_a_person_presses_what_they_see_and_hears_what_else_there_is() -> None:
    async with sandbox() as slack, caller(slack) as call:
        ask = {
            "title": plain("Roll back?"),
            "text": plain("2.13.4 goes live."),
            "confirm": plain("Yes"),
            "deny": plain("No"),
        }
        blocks = [actions(button("Roll back", "back", confirm=ask), button("Go", "vote"))]
        await call("chat.postMessage", channel=slack.room("#payments").id, text="x", blocks=blocks)
        bo = slack.person("bo")
        with pytest.raises(AssertionError, match="Bo sees no 'Ship it'; there is: Roll back, Go"):
            await bo.clicks("Ship it")
        seen = await bo.clicks("Roll back", confirm=False)
        assert seen.text == "Roll back?: 2.13.4 goes live."
        assert slack.deliveries == []
        with pytest.raises(AssertionError, match="Finn sees no 'Go'"):
            await slack.person("finn").clicks("Go")
        assert (await slack.person("dora").types("hello")).error == "Dora's account is deactivated."
