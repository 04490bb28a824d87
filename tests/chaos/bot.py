"""Be the bots of a chaos run: a process that has imported everything, and forks a real bot for each line it is told.

A line on its standard input is {"id", "env", "directory", "point", "nth", "planted", "command"}. What it says on its
standard output, a line of JSON each: {"began": id, "pid"}, {"up": id, "port"} and {"ended": id, "status"}; the status
is negative for a signal. The bot itself is `tminus run` (or `tminus migrate`), with its log in the directory.
"""

import gc
import json
import os
import random
import select
import signal
import sys
from pathlib import Path
from typing import Any

import bot.__main__
import bot.app
import bot.clock
import bot.doctor
import bot.logs
import bot.running
import bot.serve
from tests.chaos import planted, points
from tests.chaos.control import Control, HastyWire, SteeredClock


def main() -> None:
    """Serve until standard input ends; then all children are killed."""
    bot.app.load_catalogue()
    gc.freeze()
    living: dict[int, str] = {}
    waking, woken = os.pipe()
    os.set_blocking(woken, False)
    signal.set_wakeup_fd(woken)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    rest = b""
    while True:
        ready, _, _ = select.select([0, waking], [], [])
        if waking in ready:
            os.read(waking, 4096)
            _bury(living)
        if 0 not in ready:
            continue
        heard = os.read(0, 65536)
        if not heard:
            break
        *lines, rest = (rest + heard).split(b"\n")
        for line in lines:
            told = json.loads(line)
            if pid := os.fork():
                living[pid] = told["id"]
                _say({"began": told["id"], "pid": pid})
            else:
                _become(told)
    for pid in living:
        os.kill(pid, signal.SIGKILL)


def _bury(living: dict[int, str]) -> None:
    while living:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if not pid:
            return
        _say({"ended": living.pop(pid), "status": os.waitstatus_to_exitcode(status)})


def _say(what: dict[str, Any], to: int = 1) -> None:
    os.write(to, (json.dumps(what) + "\n").encode())


def _become(told: dict[str, Any]) -> None:
    """In the child: be that bot, and never return."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    random.seed()
    mouth = os.dup(1)
    directory = Path(told["directory"])
    log = os.open(directory / "bot.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    nowhere = os.open(os.devnull, os.O_RDONLY)
    for given, place in ((nowhere, 0), (log, 1), (log, 2)):
        os.dup2(given, place)
    os.chdir(directory)
    os.environ.clear()
    os.environ.update(told["env"])
    status = 1
    try:
        _prepare(told, mouth)
        sys.argv = ["tminus", told["command"]]
        bot.__main__.main()
        status = 0
    except SystemExit as end:
        status = int(end.code or 0)
    except BaseException as problem:  # whatever went wrong: the log has it
        print(f"ended: {problem!r}", file=sys.stderr)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _prepare(told: dict[str, Any], mouth: int) -> None:
    control = Control(Path(told["env"]["CHAOS_CONTROL"]))
    bot.clock.Clock = lambda: SteeredClock(control)  # type: ignore[assignment,misc]
    bot.clock.Wire = HastyWire  # type: ignore[misc]
    points.fill_disk(control)
    if told["planted"]:
        planted.BUGS[told["planted"]]()
    points.arm(told["point"], told["nth"])
    greet = bot.running._greet

    async def announce(settings: Any, app: Any) -> None:
        await greet(settings, app)
        _say({"up": told["id"], "port": app.port}, mouth)

    bot.running._greet = announce


if __name__ == "__main__":
    main()
