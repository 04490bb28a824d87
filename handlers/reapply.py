"""Take the policy that is in force now over into an open release; until then it keeps what it was planned with."""

from bot.kit.ask import Ask
from bot.kit.blocks import Actions, Block, Lines, Message, Para, Reply, Small, say
from bot.kit.declare import notice, verb
from bot.kit.desk import Desk
from bot.kit.in_force import added_to, policy_for
from bot.kit.missing import has_less_time, tell_less_time
from bot.kit.telling import headline
from bot.policy_words import diff
from bot.release.events import Event
from bot.release.planning import open_until
from bot.release.policy import Policy
from bot.release.reapplying import effect, newer, reapply
from bot.release.release import Release
from bot.release.states import Move
from bot.release.words import At, Bold, Said, Who, words

#: So many rules that change are shown.
MOST_RULES = 20


@verb(
    "re-apply",
    usage="re-apply [release]",
    summary="Take over the policy that is in force now, instead of the one it was planned with",
    who="the captain or an admin",
    examples=("re-apply REL-12",),
    aliases=("reapply",),
    move=Move.REAPPLY,
    label="Take the newest policy",
)
def re_apply(ask: Ask, desk: Desk) -> Reply:
    """What it would change first; done by the button that stands under it."""
    release = ask.release
    release.require(Move.REAPPLY)
    policy = policy_for(release.service, desk)
    added = added_to(release, desk.work)
    after = newer(release, policy, added)
    if after is not None and (ask.data.get("p"), ask.data.get("w")) != (policy.name, policy.version):
        return _preview(release, after, desk)
    said = effect(release, after) if after is not None else ()
    reapply(release, policy, desk.electorate, added=added, now=desk.now, by=ask.user)
    row = words(Bold(release.title), f" follows version {policy.version} of the policy ", Bold(policy.name), " now: ",
                said, ". ", headline(release, desk.electorate(release)), ".")  # fmt: skip
    return say(row)


def _preview(release: Release, after: Policy, desk: Desk) -> Reply:
    row = words(Bold(release.title), f" would follow version {after.version} of the policy ", Bold(after.name),
                ": ", effect(release, after), ".")  # fmt: skip
    rows = diff(release.policy, after)
    more = [words(f"and {len(rows) - MOST_RULES} more")] if len(rows) > MOST_RULES else []
    take = desk.offer("re-apply", release, label="Take it over", p=after.name, w=after.version)
    blocks: list[Block] = [
        Para(row),
        *([Lines((*(words("• ", one) for one in rows[:MOST_RULES]), *more))] if rows else []),
        Actions((take,)),
        Small(words("Nothing has changed yet. Whose sign-off is touched is asked again.")),
    ]
    return Reply(Message(row, tuple(blocks)))


@notice("policy_reapplied")
def told(event: Event, release: Release, desk: Desk) -> None:
    """In the thread, so that whoever is asked again knows why."""
    touched = [str(role) for role in event.details.get("touched", ())]
    asked = words(" Touched: ", Said(", ".join(touched)), ".") if touched else words(" No sign-off is touched.")
    ended = words(" Its approval does not reach that far: it is asked for anew.")
    was = event.details.get("closes_was")
    until = open_until(release) if has_less_time(release, was) else None
    less = words(" Its go/no-go closes sooner: ", At(until, "day", release.planned.zone), ".") if until else ()
    over = bool(event.details.get("approval_ended"))
    row = words(Who(event.by) if event.by else "T-Minus", " ", event.said, " for ", Said(release.title), ".", asked,
                less, ended if over else "")  # fmt: skip
    desk.in_thread(release, Message(row), broadcast=over)  # its channel was told that it is go
    tell_less_time(release, desk, was, but=event.by)
