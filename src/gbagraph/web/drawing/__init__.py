"""Pictures of answers: typed values become frozen coordinates, which templates write as SVG."""
