"""Live-blog formats: from an address to a snapshot."""
