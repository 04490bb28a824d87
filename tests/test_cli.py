"""The command line, as somebody types it."""

import os
import subprocess
import sys
from pathlib import Path

from bot.release.record import write
from tests.release.life import QI, light
from tests.release.test_record import chained

ROOT = Path(__file__).parent.parent


def tminus(*arguments: str, cwd: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """Run `tminus` as its own process, in an environment that holds nothing but what is given."""
    bare = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return subprocess.run(
        [sys.executable, "-m", "bot", *arguments],
        cwd=cwd,
        env={**bare, "PYTHONPATH": str(ROOT), "COLUMNS": "100", "PYTHONUTF8": "1", **env},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_run_without_a_configuration_says_all_that_is_missing_and_ends_with_2(tmp_path: Path) -> None:
    done = tminus("run", cwd=tmp_path)
    assert done.returncode == 2
    assert "2 things are not right" in done.stderr
    assert "SLACK_BOT_TOKEN is missing" in done.stderr
    assert "SLACK_SIGNING_SECRET or SLACK_APP_TOKEN is missing" in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_dotenv_file_in_the_working_directory_counts(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("SLACK_BOT_TOKEN=xoxb-1\nSLACK_APP_TOKEN=xapp-1\nPORT=many\n")
    done = tminus("run", cwd=tmp_path)
    assert done.returncode == 2
    assert "1 thing is not right" in done.stderr
    assert "PORT 'many' is not a port" in done.stderr


def test_doctor_and_migrate_refuse_a_wrong_configuration_the_same_way(tmp_path: Path) -> None:
    for command in ("doctor", "migrate"):
        done = tminus(command, cwd=tmp_path, DATABASE_URL="mysql://h/d")
        assert done.returncode == 2, command
        assert "DATABASE_URL must start with postgresql:// or sqlite:///" in done.stderr


def test_migrate_says_in_one_line_what_is_in_its_way(tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.sqlite3"
    damaged.write_bytes(b"not a database" * 500)
    for url, said in (
        ("postgresql://u:p@ss/w@127.0.0.1:1/x", "the database cannot be reached. Check DATABASE_URL and the server"),
        (f"sqlite:///{damaged}", "the database says “file is not a database”"),
    ):
        done = tminus("migrate", cwd=tmp_path, DATABASE_URL=url)
        assert done.returncode == 2
        assert done.stderr.startswith(f"Nothing was changed: {said}") and done.stderr.count("\n") == 1


def test_manifest_prints_the_file_and_needs_no_token(tmp_path: Path) -> None:
    done = tminus("manifest", cwd=tmp_path)
    assert done.returncode == 0
    assert done.stdout == (ROOT / "manifest.yml").read_text()


def test_manifest_follows_the_command_and_the_address(tmp_path: Path) -> None:
    done = tminus("manifest", "--url", "https://t.example.com", cwd=tmp_path, TMINUS_COMMAND="/ship")
    assert "command: /ship" in done.stdout
    assert "request_url: https://t.example.com/slack/events" in done.stdout
    assert "socket_mode_enabled: false" in done.stdout


def test_states_prints_a_diagram_and_what_is_possible(tmp_path: Path) -> None:
    done = tminus("states", cwd=tmp_path)
    assert done.stdout.startswith("stateDiagram-v2")
    assert "| state | people may | time may |" in done.stdout


def test_without_arguments_it_shows_what_it_can_do(tmp_path: Path) -> None:
    done = tminus(cwd=tmp_path)
    for command in ("run", "sandbox", "migrate", "backup", "doctor", "manifest", "policy", "states"):
        assert command in done.stdout + done.stderr


def test_verify_needs_nothing_but_the_file_and_says_whether_it_is_to_be_trusted(tmp_path: Path) -> None:
    life = light().at("Tue 10:05")
    life.vote(QI)
    text = write(chained(life.release), life.release.policy)
    (tmp_path / "record.json").write_text(text)
    (tmp_path / "changed.json").write_text(text.replace("said go", "said no"))
    whole = tminus("verify", "record.json", "--head", chained(life.release)[-1].hash, cwd=tmp_path)
    assert (whole.returncode, whole.stderr) == (0, "")
    assert "The rule, run again, says the same" in whole.stdout
    assert whole.stdout.endswith("record.json is whole, and was decided by the rule.\n")
    changed = tminus("verify", "changed.json", cwd=tmp_path)
    assert changed.returncode == 1
    assert "its text is not what was said" in changed.stderr and "changed.json is not to be trusted" in changed.stderr
    (tmp_path / "odd.json").write_bytes(b"\xff\x00")
    assert "it is not text" in tminus("verify", "odd.json", cwd=tmp_path).stderr
    missing = tminus("verify", "nothing.json", cwd=tmp_path)
    assert (missing.returncode, missing.stdout) == (2, "")
    assert "nothing.json cannot be read: No such file or directory." in missing.stderr


def test_erasing_says_first_what_it_would_do_and_names_nobody_it_does_not_know(tmp_path: Path) -> None:
    env = {"DATABASE_URL": f"sqlite:///{tmp_path}/a.sqlite3"}
    done = tminus("erase", "U1", cwd=tmp_path, **env)
    assert done.returncode == 2 and "tminus migrate. Nothing was changed." in done.stderr
    assert tminus("migrate", cwd=tmp_path, **env).returncode == 0
    for more in ((), ("--yes",)):
        done = tminus("erase", "U1", *more, cwd=tmp_path, **env)
        assert done.returncode == 2
        assert "Nobody with the id U1 is known here; Slack shows it in a profile, ⋮, Copy member ID" in done.stderr


def test_manifest_takes_no_address_that_slack_cannot_reach(tmp_path: Path) -> None:
    for wrong in ("foo", "http://t.example.com", "https://", "https://t.example.com/?x=1"):
        done = tminus("manifest", "--url", wrong, cwd=tmp_path)
        assert (done.returncode, done.stdout) == (2, "")
        assert "is no address that Slack can reach" in done.stderr
