"""What people and crawlers read, and the application that serves it beside the endpoint."""
