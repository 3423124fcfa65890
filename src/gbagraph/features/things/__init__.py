"""Pages and documents about things, and the start page."""
