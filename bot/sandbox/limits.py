"""Name every limit of Slack's in one place, and keep count of those that are rates."""

from bot.clock import Wire

# --- deadlines (seconds of real time)
ACK_SECONDS = 3.0
TRIGGER_SECONDS = 3.0
#: Waits before the first, second and third repetition of an unacknowledged event.
EVENT_RETRY_WAITS = (0.0, 60.0, 300.0)

# --- response_url
RESPONSE_URL_USES = 5
RESPONSE_URL_SECONDS = 30 * 60

# --- Socket Mode
MAX_SOCKETS = 10

# --- messages
MAX_POST_TEXT = 40_000  # longer is cut off
MAX_UPDATE_TEXT = 4_000  # longer is msg_too_long
MAX_BLOCKS_TEXT = 12_000  # all text of one message's blocks together
MAX_METADATA_BYTES = 8_000  # Slack has a limit and does not publish it; this is a guess on the safe side
MAX_ATTACHMENTS = 100
MESSAGE_BLOCKS = 50

# --- views
VIEW_BLOCKS = 100
VIEW_BYTES = 250_000
VIEWS_PER_STACK = 3
VIEW_TITLE = 24  # also of submit and close
PRIVATE_METADATA = 3_000

# --- Block Kit
IDENTIFIER = 255  # block_id, action_id, callback_id, external_id
TEXT = 3_000  # a text object, where nothing smaller is said
FIELDS = 10
FIELD_TEXT = 2_000
HEADER_TEXT = 150
CONTEXT_ELEMENTS = 10
ACTIONS_ELEMENTS = 25
IMAGE_URL = 3_000
ALT_TEXT = 2_000
IMAGE_TITLE = 2_000
VIDEO_TITLE = 200
INPUT_LABEL = 2_000  # also of the hint
MARKDOWN_TEXT = 12_000  # all markdown blocks of a message together
TABLE_ROWS = 100
TABLE_COLUMNS = 20
CONFIRM_TITLE = 100
CONFIRM_TEXT = 300
CONFIRM_BUTTON = 30
BUTTON_TEXT = 75
BUTTON_VALUE = 2_000
LINK_URL = 3_000
ACCESSIBILITY_LABEL = 75
OPTION_TEXT = 75  # also of its description and of a group's label
OPTION_VALUE = 150
SELECT_OPTIONS = 100  # also groups
OVERFLOW_OPTIONS = 5
CHOICE_OPTIONS = 10  # checkboxes and radio buttons
PLACEHOLDER = 150
INPUT_TEXT = 3_000
FILES_PER_INPUT = 10

# --- lists
PAGE_DEFAULT = 100
PAGE_MOST = 999

# --- rates: calls per minute, method and workspace
TIER_1, TIER_2, TIER_3, TIER_4 = 1, 20, 50, 100
SPECIAL = 300  # "hundreds per minute"
WINDOW_SECONDS = 60.0
CALLS_PER_MINUTE = {
    "apps.connections.open": TIER_3,
    "auth.test": SPECIAL,
    "bots.info": TIER_3,
    "chat.delete": TIER_3,
    "chat.getPermalink": SPECIAL,
    "chat.postEphemeral": TIER_4,
    "chat.postMessage": SPECIAL,
    "chat.update": TIER_3,
    "conversations.history": TIER_3,
    "conversations.info": TIER_3,
    "conversations.join": TIER_3,
    "conversations.list": TIER_2,
    "conversations.members": TIER_4,
    "conversations.open": TIER_3,
    "conversations.replies": TIER_3,
    "files.completeUploadExternal": TIER_4,
    "files.getUploadURLExternal": TIER_4,
    "reactions.add": TIER_3,
    "team.info": TIER_3,
    "usergroups.list": TIER_2,
    "usergroups.users.list": TIER_2,
    "users.info": TIER_4,
    "users.list": TIER_2,
    "views.open": TIER_4,
    "views.publish": TIER_4,
    "views.push": TIER_4,
    "views.update": TIER_4,
}
#: chat.postMessage also: one a second and channel, after a small burst (Slack does not publish its size).
POSTS_PER_SECOND = 1.0
POST_BURST = 4


class RateLimiter:
    """Counts calls on the wire clock; says how long a caller has to wait."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._windows: dict[str, tuple[float, int]] = {}
        self._buckets: dict[str, tuple[float, float]] = {}

    def wait(self, method: str, channel: str | None = None) -> float:
        """Count one call. 0.0 lets it pass; otherwise the seconds after which it may be tried again."""
        now = self._wire.monotonic()
        began, calls = self._windows.get(method, (now, 0))
        if now - began >= WINDOW_SECONDS:
            began, calls = now, 0
        if calls >= CALLS_PER_MINUTE.get(method, TIER_3):
            return WINDOW_SECONDS - (now - began)
        if method == "chat.postMessage" and channel:
            tokens, then = self._buckets.get(channel, (float(POST_BURST), now))
            tokens = min(float(POST_BURST), tokens + (now - then) * POSTS_PER_SECOND)
            # The hair below one forgives floating point to who waited exactly as long as told.
            if tokens < 1 - 1e-6:
                self._buckets[channel] = (tokens, now)
                return (1 - tokens) / POSTS_PER_SECOND
            self._buckets[channel] = (tokens - 1, now)
        self._windows[method] = (began, calls + 1)
        return 0.0
