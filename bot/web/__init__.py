"""Pages for machines and operators: health, metrics, webhook."""
