"""What every room stands on: settings, schema, stores, events, files, services, identity, web."""
