"""What a worker process says when it cannot do a job."""

from typing import Literal

Fault = Literal["document", "link", "size"]
"""What is at fault: the source's document, what the link declares, or how much there is."""


class FaultError(Exception):
    """The job cannot be done, by the fault of `fault`."""

    def __init__(self, said: str, fault: Fault = "document") -> None:
        super().__init__(said)
        self.fault: Fault = fault
