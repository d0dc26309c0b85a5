"""Open a case for a customer, with a note for colleagues: LODGE_URL, LODGE_KEY, customer, subject.

Run again with the same words it opens nothing twice: the Idempotency-Key says what is meant.
"""

import os
import sys
from hashlib import sha256

from lodge_client.api.cases import create_case
from lodge_client.api.notes import write_note_about_case
from lodge_client.asking import connect, done
from lodge_client.models import NewCase, NewNote


def main(customer_id: int, subject: str, note: str) -> None:
    client = connect(os.environ["LODGE_URL"], os.environ["LODGE_KEY"])
    once = sha256(f"{customer_id} {subject}".encode()).hexdigest()
    case = done(
        create_case.sync(
            client=client,
            body=NewCase(customer_id=customer_id, subject=subject, severity="high"),
            idempotency_key=once,
        )
    )
    done(
        write_note_about_case.sync(
            case.case_id, client=client, body=NewNote(text=note), idempotency_key=f"{once}-note"
        )
    )
    print(f"case {case.case_id}")


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], sys.argv[3])
