"""Tell whoever edits a line that called the bot that it is not read again: it may be of long ago."""

from bot.kit.ask import Ask
from bot.kit.blocks import Message, Reply
from bot.kit.declare import press
from bot.kit.desk import Desk
from bot.release.words import words


@press("mention.edited")
def edited(ask: Ask, desk: Desk) -> Reply:
    return Reply(Message(words("I read a line when it is posted, and never again. Please type it anew.")))
