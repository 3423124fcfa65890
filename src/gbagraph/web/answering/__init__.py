"""What a page shows of an answer: rows with labels, ways to sort, filter and leaf, code, pictures."""
