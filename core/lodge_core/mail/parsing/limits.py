"""How much of one mail is taken apart; past a limit the rest is cut with a problem, never an error.

The raw mail is kept whole elsewhere, so a cut loses nothing. Each limit is far above real mail."""

MOST_DEPTH = 200
MOST_PARTS = 10_000
MOST_HEADERS = 5_000
MOST_HEADER_BYTES = 2_000_000
MOST_TEXT_HEADER_BYTES = 262_144
MOST_LIST_HEADER_BYTES = 1_000_000
MOST_ADDRESSES = 25_000
MOST_REFERENCES = 1_000
MOST_PARAMETERS = 20_000
MOST_PARAMETER_CHARACTERS = 2_000
MOST_TEXT_CHARACTERS = 10_000_000
MOST_HTML_CHARACTERS = 2_000_000
MOST_REPLY_CHARACTERS = 200_000
