"""Print every event, and go on next time where this run ended: LODGE_URL, LODGE_KEY, cursor file.

An event may come again when a run is killed between printing and keeping the cursor: `event_id`
tells. With `--for-good` it waits for more instead of ending.
"""

import os
import sys
from pathlib import Path

from lodge_client.api.changes import list_changes
from lodge_client.asking import connect, done


def main(kept: Path, *, is_for_good: bool) -> None:
    client = connect(os.environ["LODGE_URL"], os.environ["LODGE_KEY"])
    cursor = kept.read_text("utf-8") if kept.exists() else ""
    while True:
        wait = 25 if is_for_good else 0
        page = done(list_changes.sync(client=client, after=cursor, wait=wait))
        for event in page.items:
            print(event.event_id, event.type_, event.object_type, event.object_id, flush=True)
        cursor = page.after
        written = kept.with_suffix(".new")
        written.write_text(cursor, "utf-8")
        written.replace(kept)
        if page.is_at_end and not is_for_good:
            return


if __name__ == "__main__":
    main(Path(sys.argv[1]), is_for_good="--for-good" in sys.argv[2:])
