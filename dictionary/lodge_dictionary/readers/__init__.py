"""SQL for one reader: which rows and columns of the reports store each person may query."""
