"""The command line: run | sandbox | migrate | backup | doctor | manifest | policy | outbox | erase | verify | states.

Commands import what they need only once the configuration is right: a mistake in it is answered at once.
"""

import asyncio
import re
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any

import typer

from bot import running
from bot.running import configured
from bot.settings import load_local_settings, load_settings

cli = typer.Typer(
    name="tminus",
    help="The release coordinator that lives in Slack.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
policy = typer.Typer(help="How releases of a service are decided.", no_args_is_help=True)
cli.add_typer(policy, name="policy")
outbox = typer.Typer(help="What waits to be sent to Slack, and what could not be.", no_args_is_help=True)
cli.add_typer(outbox, name="outbox")


@cli.command()
def run() -> None:
    """Run the bot, configured by the environment or .env."""
    raise SystemExit(running.run())


@cli.command()
def sandbox(
    port: Annotated[int, typer.Option(help="Port of the page.", min=0, max=65535)] = 4000,
    data: Annotated[Path, typer.Option(help="Directory that keeps the state.")] = Path("data/sandbox"),
    fresh: Annotated[bool, typer.Option("--fresh", help="Forget the state and begin anew.")] = False,
) -> None:
    """Try it: the bot and a local Slack in your browser, nothing to sign up for."""
    from bot.trial import PortTaken, live

    try:
        asyncio.run(live(port=port, data=data, fresh=fresh, say=typer.echo))
    except PortTaken:
        typer.echo(f"Port {port} is taken. Try another one: make sandbox PORT={port + 100}", err=True)
        raise typer.Exit(1) from None


@cli.command()
def migrate() -> None:
    """Bring the database to this version's schema. Safe to repeat, and to run from many replicas."""
    settings = configured(lambda: load_local_settings(makes_directory=True))
    import storage

    try:
        storage.migrate(settings.database_url)
    except storage.TooNew as error:
        typer.echo(f"Nothing was changed: {error}.", err=True)
        raise typer.Exit(2) from None
    except storage.CannotMigrate as error:
        what = "Nothing was changed" if error.is_sure else "Run this again, for it is not known what was changed"
        typer.echo(f"{what}: {error}", err=True)
        raise typer.Exit(2) from None
    typer.echo("The database is up to date.")


@cli.command()
def backup(
    file: Annotated[Path, typer.Argument(help="Where the copy goes; it must not be there yet.")],
) -> None:
    """Copy the SQLite database to FILE while the bot runs. (For Postgres: say which command does it.)"""
    settings = configured(load_local_settings)
    from storage.backup import NoBackup, back_up

    try:
        revision = back_up(settings.database_url, file)
    except NoBackup as error:
        typer.echo(f"Nothing was copied: {error}", err=True)
        raise typer.Exit(2) from None
    typer.echo(f"Copied to {file}: checked, whole, at schema {revision}.")
    key = settings.data / "secret.key"
    if settings.secret_key or key.exists():  # else no token was ever stored
        named = "TMINUS_SECRET_KEY" if settings.secret_key else key
        typer.echo(f"Slack tokens in it can be read only with {named}: keep that as well, in another place.")


@cli.command()
def doctor() -> None:
    """Check the installation, line by line: ok, or what to do."""
    settings = configured(load_settings)
    from bot import logs
    from bot.clock import Clock, Wire
    from bot.doctor import examine

    logs.configure("console", level="ERROR")

    async def report() -> bool:
        healthy = True
        async for finding in examine(settings, clock=Clock(), wire=Wire()):
            typer.echo(str(finding))
            healthy = healthy and finding.ok
        return healthy

    if not asyncio.run(report()):
        raise typer.Exit(1)


@cli.command()
def manifest(
    url: Annotated[str | None, typer.Option(help="For HTTP mode: where Slack reaches the bot (https://…).")] = None,
) -> None:
    """Print the Slack app's manifest, to paste into Slack."""
    from bot.slack.manifest import build, dump

    if url is not None and not re.fullmatch(r"https://[^\s/?#]+[^\s?#]*", url):
        raise typer.BadParameter(
            f"{url!r} is no address that Slack can reach (example: https://tminus.example.com)", param_hint="--url"
        )
    settings = configured(load_local_settings)
    typer.echo(dump(build(settings.command, settings.id_prefix, url)), nl=False)


@policy.command("apply")
def policy_apply(
    file: Annotated[Path, typer.Argument(help="A YAML file; docs/policies.md explains every key.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would change.")] = False,
    retire: Annotated[
        list[str] | None, typer.Option(help="Take the policy of this name out of force in the same step.")
    ] = None,
    team: Annotated[str | None, typer.Option(help="The workspace's id, where there are several.")] = None,
) -> None:
    """Apply a file of policies: new releases follow them, releases already planned keep what they were planned with."""
    settings = configured(load_local_settings)
    from bot.policies import Unusable, apply_file

    try:
        lines = asyncio.run(apply_file(settings, file, team=team, dry_run=dry_run, retire=retire or ()))
    except Unusable as error:
        for problem in error.problems:
            typer.echo(f"  ✗ {problem}", err=True)
        typer.echo("Nothing was applied.", err=True)
        raise typer.Exit(2) from None
    for line in lines:
        typer.echo(line)


@policy.command("show")
def policy_show(
    team: Annotated[str | None, typer.Option(help="The workspace's id, where there are several.")] = None,
) -> None:
    """Say in words which policies are in force."""
    settings = configured(load_local_settings)
    from bot.policies import Unusable, show

    try:
        lines = asyncio.run(show(settings, team=team))
    except Unusable as error:
        typer.echo("\n".join(error.problems), err=True)
        raise typer.Exit(2) from None
    for line in lines:
        typer.echo(line)


@outbox.command("list")
def outbox_list() -> None:
    """List what was given up and what waits, with the reason; never what it says."""
    settings = configured(load_local_settings)
    from bot import undelivered

    _outbox(undelivered.listing(settings))


@outbox.command("retry")
def outbox_retry(
    ids: Annotated[list[int] | None, typer.Argument(help="Numbers that the list shows.")] = None,
    every: Annotated[bool, typer.Option("--all", help="All that were given up.")] = False,
) -> None:
    """Send what was given up once more."""
    if not ids and not every:
        raise typer.BadParameter("name one that the list shows (tminus outbox retry 41), or say --all")
    settings = configured(load_local_settings)
    from bot import undelivered

    _outbox(undelivered.send_again(settings, ids or (), every=every))


@outbox.command("drop")
def outbox_drop(ids: Annotated[list[int], typer.Argument(help="Numbers that the list shows.")]) -> None:
    """Never send these, and speak of them no more."""
    settings = configured(load_local_settings)
    from bot import undelivered

    _outbox(undelivered.drop(settings, ids))


def _outbox(done: Coroutine[Any, Any, list[str]]) -> None:
    from bot.command_line import Unusable

    try:
        lines = asyncio.run(done)
    except Unusable as error:
        typer.echo(f"{error}. Nothing was changed.", err=True)
        raise typer.Exit(2) from None
    for line in lines:
        typer.echo(line)


@cli.command()
def erase(
    user: Annotated[str, typer.Argument(help="The person's Slack id, such as U0123ABCD.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do it; without, it is only said what would be erased.")] = False,
) -> None:
    """Erase a person's name and what they typed; what was decided stays, and can still be proven."""
    settings = configured(load_local_settings)
    from bot import erasing
    from bot.command_line import Unusable

    try:
        gone = asyncio.run(erasing.erase(settings, user) if yes else erasing.preview(settings, user))
    except Unusable as error:
        typer.echo(f"{error}. Nothing was changed.", err=True)
        raise typer.Exit(2) from None
    if not gone.is_something:
        typer.echo(f"Nothing is left to erase of {user}: the name and all words of theirs are gone.")
        return
    many = "in 1 release" if gone.releases == 1 else f"in {gone.releases} releases" if gone.releases else "anywhere"
    if yes:
        typer.echo(f"{user} is erased: the name, and what they typed {many}. The cards in Slack are drawn again; other")
        typer.echo("messages there are not touched.")
        return
    typer.echo(f"{gone.name} ({user}) would be erased: the name, and what they typed {many}. Ids, times and votes")
    typer.echo("stay, and every record still verifies. It can't be undone, save by restoring a backup:")
    typer.echo(f"  tminus erase {user} --yes")


@cli.command()
def verify(
    file: Annotated[Path, typer.Argument(help="What /release record gave.")],
    head: Annotated[
        str, typer.Option(help="A head that the release's thread says: up to it, nothing was changed.")
    ] = "",
) -> None:
    """Check the record of a release: that no byte was changed, and that the rule decides as it was decided."""
    from bot.verify import Unreadable, check_file

    try:
        report = check_file(file, head)
    except Unreadable as error:
        typer.echo(f"{error}", err=True)
        raise typer.Exit(2) from None
    for line in report.lines:
        typer.echo(f"  ✓ {line}")
    for problem in report.problems:
        typer.echo(f"  ✗ {problem}", err=True)
    if report.problems:
        typer.echo(f"{file} is not to be trusted.", err=True)
        raise typer.Exit(1)
    typer.echo(f"{file} is whole, and was decided by the rule.")


@cli.command()
def states() -> None:
    """Print the states of a release: a Mermaid diagram, and what is possible in each."""
    from bot import diagram

    typer.echo(f"{diagram.mermaid()}\n\n{diagram.in_words()}\n\n{diagram.table()}")
