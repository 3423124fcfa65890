"""Reconcile names with the client ``reconciler``, and print the rows of its table as JSON.

Arguments: the address of the service, and its other arguments as a JSON object, of which ``names`` are
the column, and ``property_mapping`` has a column for each property.
"""

import json
import sys

import pandas as pd
from reconciler import reconcile

endpoint, arguments = sys.argv[1], json.loads(sys.argv[2])
names = pd.Series(arguments.pop("names"))
columns = arguments.pop("property_mapping", None)
if columns is not None:
    arguments["property_mapping"] = {name: pd.Series(column) for name, column in columns.items()}
found = reconcile(names, reconciliation_endpoint=endpoint, **arguments)
sys.stdout.write(found.to_json(orient="records"))
