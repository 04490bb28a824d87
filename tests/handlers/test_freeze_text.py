"""What people type for a freeze: from when until when, of what, where, and why."""

import pytest

from bot.dispatch import MOST_TYPED
from bot.kit import freeze_text
from bot.kit.freeze_text import fields_of


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("fri 16:00 to mon 08:00 payments in staging because year end",
         "once|fri 16:00|mon 08:00|payments|staging|year end"),
        ("fri 16:00 until mon 08:00 Europe/Berlin because of the move",
         "once|fri 16:00|mon 08:00 Europe/Berlin|||the move"),
        ("every fri 16:00 to mon 08:00 Europe/Berlin", "week|fri 16:00|mon 08:00 Europe/Berlin|||"),
        ("weekly sat to sun web", "week|sat|sun|web||"),
        ("fri 16:00 to mon 08:00 every week", "week|fri 16:00|mon 08:00|||"),
        ("every mon to fri qa", "week|mon|fri|qa||"),
        ("every 2nd tue 14:00 to 18:00 payments staging", "rule|every 2nd tue 14:00|18:00|payments|staging|"),
        ("every mon to fri 9:00 to 10:00 Europe/Berlin because of the batch",
         "rule|every mon to fri 9:00|10:00 Europe/Berlin|||the batch"),
        ("last fri of the month 16:00 to mon 08:00", "rule|last fri of the month 16:00|mon 08:00|||"),
        ("every weekend", "rule|every weekend||||"),
        ("daily 22:00 to 06:00 production", "rule|daily 22:00|06:00||production|"),
        ("every weekday starting 2026-12-14 16:00 to 17:00", "rule|every weekday starting 2026-12-14 16:00|17:00|||"),
        ("20 dec to 4 jan production", "once|20 dec|4 jan||production|"),
        ("20 dec to 4 jan qa", "once|20 dec|4 jan|qa||"),
        ("now until tomorrow 9:00 “big service” prod", "once|now|tomorrow 9:00|big service|prod|"),
        ("sat to sun everything", "once|sat|sun|||"),
        ("fri 4pm - mon 8am for web because it's late to ship", "once|fri 4pm|mon 8am|web||it's late to ship"),
        ("2026-12-18 18:00 to 2027-01-04 08:00 payments production", "once|2026-12-18 18:00|2027-01-04 08:00|payments|"
         "production|"),
        ("payments from tomorrow 09:00 to friday 18:00 because the books close",
         "once|tomorrow 09:00|friday 18:00|payments||the books close"),
        ("payments tomorrow 09:00 to friday 18:00", "once|tomorrow 09:00|friday 18:00|payments||"),
        ("for payments in staging from fri 16:00 until mon 08:00", "once|fri 16:00|mon 08:00|payments|staging|"),
        ("payments from fri 16:00 to mon 08:00 in staging", "once|fri 16:00|mon 08:00|payments|staging|"),
        ("in staging fri 16:00 to mon 08:00 payments", "once|fri 16:00|mon 08:00|payments|staging|"),
        ("production on fri 16:00 to mon 08:00", "once|on fri 16:00|mon 08:00||production|"),
        ("“big service” prod now to thu", "once|now|thu|big service|prod|"),
        ("everything 20 dec to 4 jan", "once|20 dec|4 jan|||"),
        ("all services from 20 dec to 4 jan", "once|20 dec|4 jan|||"),
        ("from fri 16:00 to mon 08:00 web", "once|fri 16:00|mon 08:00|web||"),
        ("payments every fri 16:00 to mon 08:00", "week|fri 16:00|mon 08:00|payments||"),
        ("payments staging every 2nd tue 14:00 to 18:00", "rule|every 2nd tue 14:00|18:00|payments|staging|"),
        ("web every weekend", "rule|every weekend||web||"),
        ("payments until friday", "once||friday|payments||"),
        ("until fri 18:00 payments because of the move", "once||fri 18:00|payments||the move"),
        ("payments, web until friday", "once||friday|payments, web||"),
        ("fri 16:00 to mon 08:00 payments, web and ledger in staging",
         "once|fri 16:00|mon 08:00|payments, web, ledger|staging|"),
        ("payments for 2 hours because of the move", "once||in 2 hours|payments||the move"),
        ("deploys until friday", "once||friday|||"),
        ("search and rescue until friday", "once||friday|search and rescue||"),
        ("now to thu search and rescue staging", "once|now|thu|search and rescue|staging|"),
        ("payments for friday", "once|friday||payments||"),
        ("every release of payments fri to mon", "week|release of payments fri to mon||||"),
        ("payments fri 16:00", "once|fri 16:00||payments||"),
        ("fri 16:00", "once|fri 16:00||||"),
        ("soon to later", "once|soon to later||||"),
        ("payments soon", "once|payments soon||||"),
        ("search and rescue", "once|||search and rescue||"),
        ("for qa staging because of the move", "once|||qa|staging|the move"),
        ("production", "once||||production|"),
        ("fri 16:00 to mon 08:00 year end inventory", "once|fri 16:00|mon 08:00|||year end inventory"),
        ("fri 16:00 to mon 08:00 qa year end inventory", "once|fri 16:00|mon 08:00|qa||year end inventory"),
        ("fri 16:00 to mon 08:00 qa staging year end", "once|fri 16:00|mon 08:00|qa|staging|year end"),
        ("everything 20 dec to 4 jan the books close", "once|20 dec|4 jan|||the books close"),
        ("everything", "once|||||"),
        ("", "once|||||"),
    ],
)  # fmt: skip
def test_a_line_is_taken_apart(text: str, fields: str) -> None:
    found = fields_of(text, {"qa", "search and rescue"})
    order = ("repeats", "starts", "ends", "service", "environment", "why")
    assert "|".join(found.get(name, "") for name in order) == fields


@pytest.mark.parametrize(
    "text", ["a ", "payments to ", "until ", "every mon to ", "payments, from fri to mon, ", "fri - "]
)
def test_however_long_the_text_is_it_is_not_searched_for_ever(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everybody waits for whoever writes: as much as may be typed took eight seconds."""
    looked: list[int] = []
    read = freeze_text.read_words
    monkeypatch.setattr(freeze_text, "read_words", lambda words: looked.append(len(words)) or read(words))
    fields_of((text * 500)[:MOST_TYPED], {"payments"})
    assert sum(looked) < 100_000
