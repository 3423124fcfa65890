"""What is at each address: the application, its views, and the pages for people and crawlers."""
