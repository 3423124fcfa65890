"""Pictures of answers and things: charts, timelines, maps, networks."""
