"""What a page tells of one thing: its facts in groups, who says so, and what else belongs to it."""
