"""Call whoever leads a release where too few are left who can give a sign-off before its go/no-go closes."""

from collections.abc import Mapping
from datetime import datetime

from bot.kit.blocks import Actions, Message, Para
from bot.kit.desk import Desk
from bot.kit.leading import calling
from bot.kit.telling import MOST_NAMES
from bot.release.decision import tally
from bot.release.delegating import stood_in
from bot.release.planning import open_until
from bot.release.release import Release
from bot.release.words import At, Bold, Who, listing, words


def call_where_too_few(release: Release, desk: Desk, gone: Mapping[str, datetime]) -> None:
    """Say so in the thread, once for each sign-off that waits for one of these, who are away until then.

    Whoever answers for several, or for somebody and themselves, counts once.
    """
    electorate, closes = desk.electorate(release), open_until(release)
    if closes is None:
        return
    instead = stood_in(release, electorate)
    for row in tally(release, electorate):
        named = electorate.delegates if row.sign_off.delegates else {}
        answer = row.waiting_for | {named[user] for user in row.waiting_for & named.keys()}
        missed = sorted(user for user in gone.keys() & answer if gone[user] >= closes)
        if not missed or not row.lacks or len(row.waiting_for) > MOST_NAMES:
            continue
        away = {user for user, back in electorate.away(row.waiting_for).items() if back >= closes}
        for_them = {instead[user] for user in away & instead.keys()} if row.sign_off.delegates else set()
        if len(row.waiting_for - away | for_them) >= row.lacks:
            continue
        role = f" for {row.sign_off.role}" if len(release.sign_offs) > 1 else ""
        are = listing([words(Who(user), " is away until ", At(gone[user], "day")) for user in missed])
        but = missed[0] if len(missed) == 1 else None
        said = calling(release, desk, Bold(release.title), ": ", are, ", after its go/no-go closes, and too few are "
                       "left who can answer", role, ".", but=but)  # fmt: skip
        ways = Actions((desk.offer("stand-in", release), desk.offer("reschedule", release)))
        desk.in_thread(release, Message(said, (Para(said), ways)))
