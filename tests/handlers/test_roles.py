"""Who is admin and captain: shown to everybody, changed by those who may, and everybody concerned is told."""

from bot.release.policy import REGULATED, staffed
from bot.release.release import Choice, Round, Vote
from bot.release.states import State
from storage.work import Work
from tests.handlers.office import ANA, BO, CHANNEL, DORA, GUS, SECRET, Office, said
from tests.storage.given import HOUR, NOW, a_release, an_open_one


async def hears(office: Office, user: str, text: str) -> str:
    return said((await office.types(user, text)).message["blocks"]).replace("`", "")


async def admins(office: Office) -> frozenset[str]:
    found: frozenset[str] = await office.asks(lambda work: work.roles.admins())
    return found


async def captain_of(office: Office, number: int = 1) -> str:
    return str(await office.asks(lambda work: work.releases.get_number(number).captain))


async def test_everybody_reads_who_is_who_and_only_admins_change_admins(office: Office) -> None:
    assert "There is no admin yet. Type /release setup CODE" in await hears(office, BO, "roles")
    await office.has_admin(ANA)
    await office.has(an_open_one(office.workspace))
    read = await hears(office, BO, "roles")
    assert "Release admins: Ana." in read and "[Add an admin]" not in read
    assert "payments 2.14.0 (REL-1)\nCaptain: Ana\nDeployer: the captain\nSign-off: Bo" in read
    assert "[Take over][Hand over]" in read
    read = await hears(office, ANA, "roles REL-1")
    assert "[Add an admin]" in read and "[Remove an admin]" not in read, "she is the only one"
    assert "[Hand over]" in read and "[Take over]" not in read


async def test_an_admin_adds_another_who_is_told(office: Office) -> None:
    await office.has_admin(ANA)
    assert "Who shall be a release admin?" in str((await office.presses(ANA, "roles.add")).modal)
    answer = await office.submits(ANA, "roles.add", people=[BO, GUS])
    assert answer.errors == {"people": "Choose full members of this workspace, no guests and no bots: not Gus."}
    shown = said((await office.submits(ANA, "roles.add", people=[BO])).modal["blocks"])
    assert shown == "Release admins: Ana and Bo." and await admins(office) == {ANA, BO}
    assert "Ana made you a release admin." in (await office.told())[-1]
    await office.presses(DORA, "roles.add")
    assert "Only release admins can do this: Ana and Bo." in (await office.told())[-1]


async def test_the_last_admin_stays(office: Office) -> None:
    await office.has_admin(ANA)
    await office.presses(ANA, "roles.remove")
    assert "There has to be an admin, and there is one only." in (await office.told())[-1]
    await office.store.write(
        lambda work: work.roles.add_admin(BO, "configuration", work.now), workspace=office.workspace
    )
    shown = said((await office.submits(ANA, "roles.remove", person=BO)).modal["blocks"]).replace("`", "")
    assert "Bo is no release admin any more. Release admins: Ana." in shown
    assert "While TMINUS_ADMINS names them, they are back" in shown
    assert "Ana took the role of a release admin from you." in (await office.told())[-1]
    assert "there is one only" in str((await office.submits(ANA, "roles.remove", person=ANA)).errors)
    assert await admins(office) == {ANA}


async def test_a_captain_hands_over_and_both_hear_of_it(office: Office) -> None:
    await office.has(an_open_one(office.workspace))
    assert "Who shall lead it?" in str((await office.types(ANA, "captain")).modal)
    assert "Bo is the captain of payments 2.14.0 now" in await hears(office, ANA, f"captain <@{BO}>")
    assert await captain_of(office) == BO
    assert any(line.startswith("Ana made you the captain of payments 2.14.0: 🟡") for line in await office.told())
    assert "Bo is already the captain" in await hears(office, ANA, f"captain <@{BO}>")
    assert "Ana is the captain of payments 2.14.0 now" in await hears(office, BO, f"captain REL-1 <@{ANA}>")
    assert await captain_of(office) == ANA


async def test_who_cannot_lead_it_is_refused_with_the_reason(office: Office) -> None:
    await office.has(an_open_one(office.workspace))
    assert "Gus can't lead a release: only full members" in await hears(office, ANA, f"captain <@{GUS}>")
    secret = await office.has(a_release(office.workspace, service="vault", channel=SECRET, is_private=True))
    read = said((await office.types(ANA, f"captain REL-{secret.number} <@{DORA}>", channel=SECRET)).message["blocks"])
    assert f"Dora can't see this release: it is private to #{SECRET}" in read
    assert await captain_of(office) == ANA and CHANNEL != SECRET


async def test_who_signed_off_cannot_be_made_captain_where_duties_are_apart(office: Office) -> None:
    people = {role: frozenset({BO, DORA}) for role in ("QA", "Security", "Operations", "Product")}
    policy = staffed(REGULATED, people)
    release = await office.has(
        a_release(office.workspace, policy=policy, state=State.OPEN, round=Round(1, NOW, NOW + 3 * HOUR))
    )

    def vote(work: Work) -> None:
        found = work.releases.lock(release.id)
        assert found is not None
        print_ = found.fingerprint(found.sign_offs[0].covers)
        found.votes.append(Vote(BO, Choice.GO, NOW, 1, "QA", print_))
        work.releases.save(found)

    await office.store.write(vote, workspace=office.workspace)
    read = await hears(office, ANA, f"captain <@{BO}>")
    assert "Bo signed off QA of payments 2.14.0, and its regulated policy keeps that apart from leading it." in read
    assert await captain_of(office) == ANA
