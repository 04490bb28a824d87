"""Fill a new workspace: a small company in three time zones, working on payments."""

from bot.sandbox.people import SLACKBOT, Channel, Group, User
from bot.sandbox.workspace import Workspace

_BERLIN = ("Europe/Berlin", "Central European Time")
_NEW_YORK = ("America/New_York", "Eastern Time")
_KOLKATA = ("Asia/Kolkata", "India Standard Time")


def plant(workspace: Workspace, *, bot_name: str) -> None:
    """Make the first people, channels and groups, unless this workspace already has some."""
    if workspace.users:
        return
    home = workspace.team.id
    away = workspace.ids.named("T", "harbor")

    def person(handle: str, real_name: str, zone: tuple[str, str] | None, title: str, color: str) -> User:
        user = User(workspace.ids.named("U", handle), handle, real_name, home, title=title, color=color)
        user.display_name = real_name.split()[0]
        if zone:
            user.tz, user.tz_label = zone
        return user

    ana = person("ana", "Ana Kowalska", _BERLIN, "Payments lead", "c0392b")
    tom = person("tom", "Tom Berger", _BERLIN, "Operations", "2471a3")
    bo = person("bo", "Bo Larsen", _NEW_YORK, "QA", "1e8449")
    eve = person("eve", "Eve Martin", _NEW_YORK, "QA", "9a4fb3")
    clara = person("clara", "Clara Rao", _KOLKATA, "Security", "b9770e")
    finn = person("finn", "Finn O'Neil", _NEW_YORK, "Checkout", "0e8a8a")
    gus = person("gus", "Gus Weber", _BERLIN, "Contractor", "6b7280")
    dora = person("dora", "Dora Lind", None, "", "6b7280")
    fay = person("fay", "Fay Harbor", None, "Partner", "7d3c98")
    ana.is_admin = True
    gus.is_restricted = True
    dora.deleted = True
    fay.team_id, fay.is_stranger = away, True
    bot = User(workspace.bot_user_id, bot_name.lower().replace("-", "").replace(" ", ""), bot_name, home)
    bot.is_bot, bot.bot_id, bot.app_id, bot.color = True, workspace.bot_id, workspace.app_id, "334155"
    # Slack's own helper is not marked as a bot there, a trap for everyone who filters by is_bot.
    slackbot = User(SLACKBOT, "slackbot", "Slackbot", home, color="757575")
    for user in (ana, tom, bo, eve, clara, finn, gus, dora, fay, bot, slackbot):
        workspace.save_user(user)

    def channel(name: str, members: list[User], topic: str, *, private: bool = False) -> Channel:
        made = Channel(
            workspace.ids.named("C", name),
            name,
            "private" if private else "public",
            [member.id for member in members],
            workspace.unix(),
            ana.id,
            topic=topic,
            is_general=name == "general",
        )
        workspace.save_channel(made)
        return made

    channel("general", [ana, tom, bo, eve, clara, finn, gus, bot], "Company-wide")
    channel("payments", [ana, tom, bo, clara, eve, fay, bot], "The payments service")
    channel("releases", [ana, tom, bo, eve, clara, finn, bot], "What goes live, when, and how it went")
    channel("checkout", [tom, finn, eve, gus], "The checkout team")
    channel("secret-launch", [ana, bo, bot], "Not for everyone yet", private=True)
    channel("duo", [tom, ana, bot], "Two people and a robot")
    workspace.save_group(Group(workspace.ids.named("S", "qa"), "qa", "QA", [bo.id, eve.id]))
    for user in (ana, tom, bo, eve, clara, finn):
        workspace.direct(user.id, bot.id)
