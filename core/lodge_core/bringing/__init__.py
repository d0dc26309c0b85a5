"""Bringing in what another system exported, through the REST API as any program would."""
