"""List the names people use for time zones besides the official ones: cities, abbreviations, "ET"."""

from typing import Final

#: First parts of the IANA names that are places; the others ("US/Eastern", "Etc/GMT+5") are old or technical.
CONTINENTS: Final = {
    "Africa", "America", "Antarctica", "Arctic", "Asia",
    "Atlantic", "Australia", "Europe", "Indian", "Pacific",
}  # fmt: skip

#: Short names that mean one zone all year round.
EVERYDAY: Final = {
    "utc": "UTC",
    "gmt": "UTC",
    "z": "UTC",
    "zulu": "UTC",
    "et": "America/New_York",
    "eastern": "America/New_York",
    "ct": "America/Chicago",
    "mt": "America/Denver",
    "pt": "America/Los_Angeles",
    "pacific": "America/Los_Angeles",
    "uk": "Europe/London",
    "sgt": "Asia/Singapore",
    "brt": "America/Sao_Paulo",
}

#: Abbreviations name a clock setting, not a place: what each may mean, most common first. One is taken
#: only if exactly one instant is meant, so "CET" passes in winter and is asked about in summer.
ABBREVIATIONS: Final[dict[str, tuple[str, ...]]] = {
    "acdt": ("Australia/Adelaide",),
    "acst": ("Australia/Darwin", "Australia/Adelaide"),
    "aedt": ("Australia/Sydney",),
    "aest": ("Australia/Brisbane", "Australia/Sydney"),
    "akdt": ("America/Anchorage",),
    "akst": ("America/Anchorage",),
    "ast": ("America/Halifax",),
    "awst": ("Australia/Perth",),
    "bst": ("Europe/London",),
    "cat": ("Africa/Maputo",),
    "cdt": ("America/Chicago",),
    "cest": ("Europe/Berlin",),
    "cet": ("Europe/Berlin",),
    "cst": ("America/Chicago", "Asia/Shanghai"),
    "eat": ("Africa/Nairobi",),
    "edt": ("America/New_York",),
    "eest": ("Europe/Athens",),
    "eet": ("Europe/Athens",),
    "est": ("America/New_York",),
    "hkt": ("Asia/Hong_Kong",),
    "hst": ("Pacific/Honolulu",),
    "idt": ("Asia/Jerusalem",),
    "ist": ("Asia/Kolkata", "Europe/Dublin", "Asia/Jerusalem"),
    "jst": ("Asia/Tokyo",),
    "kst": ("Asia/Seoul",),
    "mdt": ("America/Denver",),
    "msk": ("Europe/Moscow",),
    "mst": ("America/Denver", "America/Phoenix"),
    "nzdt": ("Pacific/Auckland",),
    "nzst": ("Pacific/Auckland",),
    "pdt": ("America/Los_Angeles",),
    "pkt": ("Asia/Karachi",),
    "pst": ("America/Los_Angeles",),
    "sast": ("Africa/Johannesburg",),
    "sst": ("Pacific/Pago_Pago",),
    "wat": ("Africa/Lagos",),
    "west": ("Europe/Lisbon",),
    "wet": ("Europe/Lisbon",),
    "wib": ("Asia/Jakarta",),
}

#: Cities where many teams work and which are not the namesake of their zone. Only names that are one
#: place to everybody: no Birmingham, no Hyderabad.
CITIES: Final = {
    city: zone
    for zone, cities in {
        "Asia/Kolkata": "bangalore bengaluru mumbai delhi chennai pune",
        "Asia/Shanghai": "beijing shenzhen hangzhou",
        "Asia/Tokyo": "osaka",
        "Asia/Dubai": "abu_dhabi",
        "Asia/Riyadh": "jeddah",
        "Asia/Karachi": "lahore",
        "Europe/Berlin": "munich muenchen munchen hamburg frankfurt cologne koln stuttgart",
        "Europe/Madrid": "barcelona",
        "Europe/Rome": "milan milano",
        "Europe/Zurich": "geneva basel bern",
        "Europe/Paris": "lyon toulouse",
        "Europe/Amsterdam": "rotterdam eindhoven",
        "Europe/Warsaw": "krakow wroclaw gdansk",
        "Europe/Stockholm": "gothenburg",
        "Europe/London": "edinburgh glasgow",
        "Europe/Lisbon": "porto",
        "America/New_York": "nyc boston philadelphia atlanta miami",
        "America/Chicago": "dallas houston austin",
        "America/Los_Angeles": "san_francisco sf seattle la san_diego",
        "America/Toronto": "ottawa",
        "America/Sao_Paulo": "rio_de_janeiro",
        "Africa/Johannesburg": "cape_town",
        "Pacific/Auckland": "wellington",
        "Australia/Sydney": "canberra",
    }.items()
    for city in (name.replace("_", " ") for name in cities.split())
}
