"""Take what waits longest in a queue, and complete it: LODGE_URL, LODGE_KEY, and a queue's name.

Whose key it is must not be signed out for that kind of work, and must have room for one more.
"""

import os
import sys

from lodge_client.api.activities import list_activities, read_activity
from lodge_client.api.activity_actions import complete_activity, pick_activity
from lodge_client.api.configuration import list_queues
from lodge_client.asking import RefusedByLodge, connect, done, etag


def main(queue_name: str) -> None:
    client = connect(os.environ["LODGE_URL"], os.environ["LODGE_KEY"])
    queues = done(list_queues.sync(client=client, name=queue_name))
    if not queues.items:
        sys.exit(f"there is no queue {queue_name!r} that you may see")
    waiting = done(
        list_activities.sync(
            client=client,
            queue_id=str(queues.items[0].queue_id),
            status="queued",
            sort="queued_at",
            limit=20,
        )
    )
    for line in waiting.items:
        print(f"{line.activity_id}: {line.subject}, waiting since {line.queued_at}")
    for line in waiting.items:
        read = read_activity.sync_detailed(line.activity_id, client=client)
        try:
            picked = pick_activity.sync_detailed(
                line.activity_id, client=client, if_match=etag(read)
            )
            done(picked.parsed)
        except RefusedByLodge as refused:
            if refused.status in (409, 412):  # somebody else was first, or there is no room
                print(f"not {line.activity_id}: {refused.problem.detail}")
                continue
            raise
        # ... here the work is done ...
        done(complete_activity.sync(line.activity_id, client=client, if_match=etag(picked)))
        print(f"completed {line.activity_id}")
        return
    print("nothing is left to take")


if __name__ == "__main__":
    main(sys.argv[1])
