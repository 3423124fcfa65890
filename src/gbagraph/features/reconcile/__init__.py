"""The service of the Reconciliation API, and the lookup of many IRIs."""
