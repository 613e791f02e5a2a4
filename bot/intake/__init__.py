"""From snapshots to decisions: what is new, revised, withdrawn; which topics; when to poll."""
