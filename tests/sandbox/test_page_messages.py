"""What a person sees of messages: who, when, what, and that text never becomes markup."""

from typing import Any

from playwright.async_api import expect

from tests.sandbox.browsing import message, say, visit
from tests.sandbox.sample import actions, bolt, button, plain, sandbox, section
from tests.sandbox.test_slice import with_a_card

TWO_O_CLOCK = 1796130000  # 1 December 2026, 13:00 UTC


async def test_a_message_shows_its_author_and_the_time_in_the_zone_of_who_looks(browser: Any) -> None:
    async with sandbox() as slack:
        say(slack, "#payments", "Cut the branch", by="tom")
        say(slack, "#payments", f"Live at <!date^{TWO_O_CLOCK}^{{time}}|later>")
        async with visit(browser, slack, "ana") as page:
            row = message(page, "Cut the branch")
            await expect(row.get_by_role("button", name="Tom")).to_be_visible()
            await expect(row.locator("time.when")).to_have_text("10:00")
            await expect(message(page, "Live at")).to_contain_text("Live at 14:00")
            await expect(message(page, "Live at")).to_contain_text("APP")
            await expect(page.get_by_role("separator").first).to_have_text("Today")
        async with visit(browser, slack, "clara") as page:
            await expect(message(page, "Cut the branch").locator("time.when")).to_have_text("14:30")
            await expect(message(page, "Live at")).to_contain_text("Live at 18:30")


async def test_text_typed_by_people_stays_text(browser: Any) -> None:
    attack = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"
    async with sandbox() as slack:
        say(slack, "#payments", f"raw {attack}")
        say(slack, "#payments", "link <javascript:document.title='owned'|innocent>")
        say(slack, "#payments", "blocks", blocks=[section(f"mrkdwn {attack}"), {"type": "markdown", "text": attack}])
        async with visit(browser, slack, "ana") as page:
            await page.get_by_label("Message #payments").fill(attack)
            await page.keyboard.press("Enter")
            await expect(page.get_by_role("listitem").filter(has_text="<script>")).to_have_count(3)
            assert await page.locator(".timeline img, .timeline script, .timeline a[href^=javascript]").count() == 0
            assert await page.title() == "payments · Ana"


async def test_mrkdwn_is_drawn_as_slack_does(browser: Any) -> None:
    text = (
        "*bold* _it_ ~gone~ `co*d*e` 5 * 3 * 2 snake_case_word &lt;b&gt; :white_check_mark: :no_such:\n"
        "<https://example.com/a_b_c|the _log_> <@{ana}> <#{releases}> <!here>\n&gt; quoted\n```pre *x*```"
    )
    async with sandbox() as slack:
        ana, releases = slack.person("ana").id, slack.room("#releases").channel.id
        say(slack, "#payments", text.format(ana=ana, releases=releases))
        async with visit(browser, slack, "ana") as page:
            row = message(page, "snake")
            for tag, words in {
                "strong": "bold",
                "em": "it",
                "del": "gone",
                "code": "co*d*e",
                "blockquote": "quoted",
            }.items():
                await expect(row.locator(tag)).to_have_text(words)
            await expect(row.locator("pre")).to_have_text("pre *x*")
            await expect(row).to_contain_text("5 * 3 * 2 snake_case_word <b> ✅ :no_such:")
            await expect(row.get_by_role("link")).to_have_attribute("href", "https://example.com/a_b_c")
            await expect(row.get_by_role("link")).to_have_text("the _log_")
            for chip in ("@Ana", "#releases", "@here"):
                await expect(row.get_by_text(chip, exact=True)).to_be_visible()


async def test_verbatim_text_is_not_searched_for_names(browser: Any) -> None:
    typed = {"type": "mrkdwn", "text": "ask @here in #releases", "verbatim": True}
    loose = {"type": "mrkdwn", "text": "loose @here in #releases"}
    async with sandbox() as slack:
        say(
            slack,
            "#payments",
            "x",
            blocks=[{"type": "context", "elements": [typed]}, {"type": "context", "elements": [loose]}],
        )
        async with visit(browser, slack, "ana") as page:
            await expect(page.locator(".context").filter(has_text="ask").locator(".chip")).to_have_count(0)
            await expect(page.locator(".context").filter(has_text="loose").locator(".chip")).to_have_count(2)


async def test_what_the_page_cannot_draw_is_shown_in_red_and_never_vanishes(browser: Any) -> None:
    blocks = [
        {"type": "hologram", "block_id": "b1"},
        {
            "type": "section",
            "block_id": "b2",
            "text": {"type": "mrkdwn", "text": "fine"},
            "accessory": {"type": "lever"},
        },
        {"type": "table", "block_id": "b3", "rows": 7},
    ]
    async with sandbox() as slack:
        say(slack, "#payments", "x", blocks=blocks)
        async with visit(browser, slack, "ana") as page:
            await expect(page.get_by_text("Unsupported block “hologram”")).to_be_visible()
            await expect(page.get_by_text("Unsupported element “lever”")).to_be_visible()
            await expect(page.get_by_text("Unsupported table block (malformed)")).to_be_visible()
            await expect(page.get_by_text("fine")).to_be_visible()


async def test_rich_text_tables_and_markdown_are_drawn(browser: Any) -> None:
    def part(kind: str, *leaves: Any, **more: Any) -> Any:
        return {"type": f"rich_text_{kind}", "elements": list(leaves), **more}

    def words(text: str, **style: bool) -> Any:
        return {"type": "text", "text": text, **({"style": style} if style else {})}

    async with sandbox() as slack:
        bo = {"type": "user", "user_id": slack.person("bo").id}
        rich = {
            "type": "rich_text",
            "elements": [
                part("section", words("Hello "), bo, words(" strong", bold=True), {"type": "emoji", "name": "tada"}),
                part("list", part("section", words("first")), part("section", words("second")), style="ordered"),
                part("quote", words("quoted")),
                part("preformatted", words("a  b")),
            ],
        }
        table = {"type": "table", "rows": [[{"type": "raw_text", "text": t} for t in row] for row in ("AB", "12")]}
        markdown = {"type": "markdown", "text": "## Title\n**b** and *i*\n- one\n- two\n\n> said"}
        say(slack, "#payments", "x", blocks=[rich, table, markdown, {"type": "header", "text": plain("Head")}])
        async with visit(browser, slack, "ana") as page:
            row = message(page, "Hello")
            await expect(row.locator(".rich strong")).to_have_text(" strong")
            await expect(row.locator(".rich ol li")).to_have_text(["first", "second"])
            await expect(row.locator(".rich pre")).to_have_text("a  b")
            await expect(row.get_by_role("columnheader")).to_have_text(["A", "B"])
            await expect(row.get_by_role("cell")).to_have_text(["1", "2"])
            await expect(row.get_by_role("heading", name="Title")).to_be_visible()
            await expect(row.locator(".markdown li")).to_have_text(["one", "two"])
            await expect(row.get_by_role("heading", name="Head")).to_be_visible()


async def test_one_persons_click_changes_the_card_in_everybodys_tab(browser: Any) -> None:
    async with sandbox() as slack, bolt(slack) as app:
        with_a_card(app)
        await slack.person("ana").types("/release new")
        async with visit(browser, slack, "ana") as hers, visit(browser, slack, "bo") as his:
            await hers.evaluate("window.sameTab = true")
            await his.get_by_role("button", name="Go", exact=True).click()
            await expect(message(hers, "said go")).to_have_text("T-MinusAPP10:00@Bo said go")
            await expect(message(his, "said go")).to_contain_text("@Bo said go")
            await expect(hers.get_by_role("button", name="Go", exact=True)).to_have_count(0)
            assert await hers.evaluate("window.sameTab")


async def test_a_click_the_app_does_not_answer_says_so_beside_the_button(browser: Any) -> None:
    async with sandbox() as slack:
        blocks = [{"block_id": "b", **actions(button("Go", "vote", value="go"))}]
        say(slack, "#payments", "x", blocks=blocks)
        async with visit(browser, slack, "ana") as page:
            await page.get_by_role("button", name="Go", exact=True).click()
            await expect(page.get_by_role("alert")).to_contain_text("T-Minus didn't respond. Try again?")
            await expect(page.get_by_role("button", name="Go", exact=True)).to_be_enabled()


async def test_a_thread_opens_beside_the_channel_and_grows_live(browser: Any) -> None:
    async with sandbox() as slack:
        head = say(slack, "#payments", "payments 2.14.0 is open")
        say(slack, "#payments", "Deploy starts 14:00.", thread_ts=head["ts"], subtype="thread_broadcast")
        async with visit(browser, slack, "ana") as page:
            await expect(message(page, "Deploy starts")).to_contain_text("replied to a thread: payments 2.14.0 is open")
            await page.get_by_role("button", name="1 reply").click()
            thread = page.get_by_role("complementary", name="Thread")
            await expect(thread).to_contain_text("Also sent to the channel")
            await page.get_by_role("textbox", name="Reply in thread").fill("QA is green")
            await page.keyboard.press("Enter")
            await expect(thread.get_by_role("listitem")).to_have_count(3)
            await expect(page.get_by_role("button", name="2 replies")).to_be_visible()
            await page.get_by_role("textbox", name="Reply in thread").fill("/release why")
            await page.keyboard.press("Enter")
            await expect(thread.get_by_role("alert")).to_have_text("/release is not supported in threads. Sorry!")
            await page.keyboard.press("Escape")
            await expect(thread).to_have_count(0)


async def test_white_signs_have_an_edge_on_a_white_page(browser: Any) -> None:
    async with sandbox() as slack:
        say(slack, "#payments", "▫️ web 5.1 not started :white_large_square: none")
        for scheme, edge in (("light", "rgba(0, 0, 0, 0.75)"), ("dark", "rgba(0, 0, 0, 0)")):
            async with visit(browser, slack, "ana", color_scheme=scheme) as page:
                signs = message(page, "not started").locator(".emoji-pale")
                await expect(signs).to_have_text(["▫️", "⬜"])
                await expect(signs.first).to_have_css("filter", f"drop-shadow({edge} 0px 0px 1px)")


async def test_private_answers_are_marked_and_can_be_put_away(browser: Any) -> None:
    async with sandbox() as slack:
        channel = slack.room("#payments").channel
        slack.workspace.whisper(channel, slack.person("ana").id, {"user": slack.bot_user_id, "text": "Not go yet."})
        async with visit(browser, slack, "ana") as page:
            await expect(message(page, "Not go yet.")).to_contain_text("Only visible to you")
            await page.get_by_role("button", name="Dismiss message").click()
            await expect(page.get_by_text("Not go yet.")).to_have_count(0)
        async with visit(browser, slack, "bo") as page:
            await expect(page.get_by_role("heading", name="payments").first).to_be_visible()
            await expect(page.get_by_text("Not go yet.")).to_have_count(0)


async def test_unread_channels_are_bold_mentions_are_counted_and_looking_reads(browser: Any) -> None:
    async with sandbox() as slack:
        async with visit(browser, slack, "ana") as page:
            row = page.get_by_role("navigation").get_by_role("button", name="releases")
            await expect(row).not_to_have_class("is-unread")
            say(slack, "#releases", f"<@{slack.person('ana').id}> it is live", by="tom")
            await expect(row.get_by_label("1 mentions")).to_be_visible()
            await expect(row).to_have_css("font-weight", "900")
            await expect(page).to_have_title("(1) payments · Ana")
            await row.click()
            await expect(page.get_by_text("New", exact=True)).to_be_visible()
            await expect(row).to_have_css("font-weight", "400")
            await expect(page).to_have_title("releases · Ana")
        assert slack.person("ana").unread("#releases").unread == 0


async def test_a_reaction_is_seen_by_all_and_taken_back_by_a_second_press(browser: Any) -> None:
    async with sandbox() as slack:
        say(slack, "#payments", "It is live", by="tom")
        async with visit(browser, slack, "ana") as hers, visit(browser, slack, "bo") as his:
            await message(hers, "It is live").hover()
            await hers.get_by_role("button", name="React with raised_hands").click()
            pill = his.get_by_role("button", name="raised_hands, 1")
            await expect(pill).to_have_attribute("aria-pressed", "false")
            await hers.get_by_role("button", name="raised_hands, 1").click()
            await expect(pill).to_have_count(0)
