"""A go/no-go that seven sign-offs decide, in the sandbox's page: a condition, an edit that asks again, a changed mind.

`make screenshots` keeps what is seen.
"""

from dataclasses import replace

from playwright.async_api import Browser, expect

from bot.release.policy import LIGHT, Cover, Policy, SignOff
from tests.sandbox.browsing import PHONE, message, visit
from tests.stories.test_in_the_browser import Picture, settled
from tests.story import Story

_TOOK = "Faster refunds\nNew fraud rules"


def seven(story: Story) -> Policy:
    """One sign-off for each of seven people; one of them is of another company, and one is the captain."""
    ids = {name: story.box.person(name).id for name in ("ana", "bo", "clara", "eve", "finn", "tom", "fay")}
    covers = frozenset({Cover.CHANGES})
    sign_offs = tuple(
        SignOff(role, people=frozenset({ids[name]}), covers=covers if role == "QA" else frozenset({Cover.SCHEDULE}))
        for role, name in (("QA", "bo"), ("Security", "clara"), ("Operations", "eve"), ("Product", "tom"),
                           ("Support", "finn"), ("Release", "ana"))
    )  # fmt: skip
    partner = SignOff("Partner", outside=frozenset({ids["fay"]}), covers=frozenset({Cover.SCHEDULE}))
    return replace(LIGHT, name="payments", services=("payments",), sign_offs=(*sign_offs, partner))


async def test_seven_sign_offs_from_opening_to_go(story: Story, browser: Browser, picture: Picture) -> None:
    ana, bo, eve, finn, tom, fay = story.people("ana", "bo", "eve", "finn", "tom", "fay")
    await story.follows(seven(story))
    await ana.types("/release new payments 2.14.0 in 4h")
    await ana.types("/release edit payments")
    await ana.submits(changes=_TOOK)
    await ana.closes_modal()
    await story.advance(minutes=5)
    async with (
        visit(browser, story.box, "ana") as page,
        visit(browser, story.box, "clara") as clara,
        visit(browser, story.box, "tom", **PHONE) as phone,
    ):
        card = await settled(story, page, "REL-1")
        for role in ("QA", "Security", "Operations", "Product", "Support", "Release", "Partner"):
            await expect(card).to_contain_text(role)
        await bo.clicks("Go", in_="#payments")
        await fay.clicks("Go", in_="#payments")

        # Clara goes along if something is done by then; Ana, the captain, sees to it.
        await message(clara, "REL-1").get_by_role("button", name="Go if …").click()
        dialog = clara.get_by_role("dialog", name="Go if")
        await dialog.get_by_label("What does your go depend on?").fill("smoke test green")
        await dialog.get_by_label("By when?").fill("in 2h")
        await picture(clara, "go-if")
        await dialog.get_by_role("button", name="Go if").click()
        await expect(dialog).to_be_hidden()
        await story.quiet()
        await expect(card).to_contain_text("smoke test green")

        # Eve is against it, and thinks better of it.
        await eve.clicks("No-go", in_="#payments")
        await eve.submits(why="the on-call is alone tonight")
        await story.quiet()
        await expect(card).to_contain_text("the on-call is alone tonight")
        await picture(page, "seven-sign-offs")
        await picture(phone, "seven-sign-offs-phone")
        await eve.clicks("Go", in_="#payments")

        await story.advance(minutes=5)
        # What goes live is changed: it is QA's to look again, and QA sees which lines.
        await ana.types("/release edit payments")
        await ana.submits(changes=f"{_TOOK}\nHotfix 4411")
        await ana.closes_modal()
        await story.quiet()
        assert "+ Hotfix 4411" in bo.dm.reads("bo")
        room = story.box.dm("bo").channel.id
        async with visit(browser, story.box, "bo", **PHONE) as asked:
            await asked.goto(f"{story.box.url}/#as={bo.id}&in={room}")
            await asked.reload()
            await expect(message(asked, "Hotfix 4411")).to_be_visible()
            await picture(asked, "asked-again-phone")
            await message(asked, "Hotfix 4411").get_by_role("button", name="Go", exact=True).click()
            await story.quiet()

        await tom.clicks("Go", in_="#payments")
        await finn.clicks("Go", in_="dm")
        await ana.clicks("Go", in_="#payments")
        await expect(card).to_contain_text("go if “smoke test green”")
        await story.advance(minutes=30)
        await ana.clicks("Done", in_="dm")
        await story.quiet()
        await expect(card).to_contain_text("✅ Go — decided")
    stand = await story.release("payments 2.14.0")
    assert stand.state == "approved"
    assert set(stand.votes.values()) <= {"go", "go-if"} and len(stand.votes) == 7
