"""What a source said, made into an answer: checked against the contract, written as XML or JSON."""
