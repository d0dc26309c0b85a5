"""Articles: what people know and insert in answers; folders, versions, macros."""
