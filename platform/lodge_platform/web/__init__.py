"""The web application: routes of every room behind one set of rights, headers and error answers."""
