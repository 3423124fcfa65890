"""What the dataset says of itself: statistics, catalogue, files, the service."""
