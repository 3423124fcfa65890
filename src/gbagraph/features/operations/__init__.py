"""What operators ask: metrics and health."""
