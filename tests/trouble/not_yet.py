"""Clips that are not answered as is right for their kind; empty when all are."""

NOT_YET: frozenset[str] = frozenset()
