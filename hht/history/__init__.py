"""What was used, by day, week, month and year: figures of several sources put together, each said where it is from.

Pure: figures in, rows out. Who reads them stands in `hht.work.history_reading`.
"""
