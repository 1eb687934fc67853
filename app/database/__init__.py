"""The database room: transactions in the name of an officer, sealed personal data, the embedded server."""
