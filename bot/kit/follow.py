"""Take a release in hand, and store what happened to it with all that follows: audit, notices, cards, timers."""

from bot.kit.access import how_lost
from bot.kit.desk import Desk
from bot.kit.voters import asking
from bot.release import poll
from bot.release.conditions import lose_owner
from bot.release.errors import Refusal
from bot.release.planning import find_captain, let_time_pass, lose_captain, lose_deployer
from bot.release.release import Release


def lock(found: Release | None, desk: Desk) -> Release:
    """The release, locked, and where the clock has taken it by now. Raises Refusal when it is gone."""
    release = desk.work.releases.lock(found.id) if found is not None else None
    if release is None:
        raise Refusal("That release is not here any more.", code="no_such_release")
    let_time_pass(release, desk.electorate(release), desk.now)
    flush(release, desk)
    return release


def read(found: Release, desk: Desk) -> Release:
    """A copy as it truly stands now, stored or not: a poll is closed by the clock, not by a job."""
    let_time_pass(found, desk.electorate(found), desk.now)
    found.events.clear()
    return found


def flush(release: Release, desk: Desk) -> None:
    """Store what happened since it was loaded, and all that follows from it, in this transaction."""
    if not release.events:
        return
    did, work = desk.did, desk.work
    path, key = (did.path, did.key or "") if did is not None else ("clock", "")
    while release.events:  # what is told may bring about more
        events = list(release.events)
        release.events.clear()
        work.releases.save(release)
        work.audit.append(release, events, by_path=path, key=key)
        for event in events:
            for notice in desk.catalogue.notices.get(event.name, []):
                notice.tell(event, release, desk)
    desk.redraw(release)
    _publish(desk)
    plan(release, desk)


def look_again(desk: Desk, release_id: int) -> None:
    """It is known anew who may answer: it may be go now, cards name others, and others are asked."""
    release = desk.work.releases.lock(release_id)
    if release is None:
        return
    let_time_pass(release, desk.electorate(release), desk.now)
    poll.look_again(release, desk.electorate(release), now=desk.now)
    flush(release, desk)
    desk.redraw(release)
    plan(release, desk)


def member_changed(desk: Desk, user: str, lost: bool) -> None:
    """Somebody may answer who might not, or the other way round.

    Where they are lost, what they lead looks for another captain, and what they said counts no more.
    """
    found = {one.id: one for one in (*desk.work.releases.led_by(user), *asking(desk, user))}
    for _, one in sorted(found.items()):
        release = lock(one, desk)
        if lost:
            how = how_lost(user, desk)
            if release.captain == user:
                lose_captain(release, how, now=desk.now)
            elif release.deployer == user:
                lose_deployer(release, how, now=desk.now)
            poll.lose_voter(release, user, how, now=desk.now)
            lose_owner(release, user, how, desk.now)
        elif release.captain == user and _was_lost(release, desk):
            find_captain(release, now=desk.now)
        poll.look_again(release, desk.electorate(release), now=desk.now)
        flush(release, desk)
        desk.redraw(release)
        plan(release, desk)
    if (person := desk.work.people.get(user)) is not None and not person.deleted:
        desk.home_changed({user})  # a guest is shown less there, and in what they have been sent
        for card in desk.work.cards.live_for(user):
            desk.draw_again(card)
        _publish(desk)


def _was_lost(release: Release, desk: Desk) -> bool:
    """Whether the last that was told of its captain is that they are gone."""
    told = desk.work.audit.named(release.id, ("captain_left", "captain_back", "captain_changed"))
    return bool(told) and told[-1].name == "captain_left"


def _publish(desk: Desk) -> None:
    for user in sorted(desk.homes):  # in one order for everybody: each locks a row
        desk.show_home(user)
    desk.homes.clear()


def plan(release: Release, desk: Desk) -> None:
    """Write down what shall happen later, and cancel what shall not any more."""
    prompts = desk.catalogue.prompts
    wanted = [
        (name, recipient, due_at)
        for name, prompt in prompts.items()
        if name == prompt.name
        for recipient, due_at in prompt.at(release, desk)
    ]
    catalogue = desk.catalogue
    desk.work.timers.replan(
        release.id, release.plan_revision, wanted, catalogue.prompt_names,
        leave=catalogue.prompts_by_hand, helps=catalogue.prompts_help,
    )  # fmt: skip
