"""Files that leave: which rows, which columns, in which form, for whom, and who started them.

`columns`, `texts`, `csv_file`, `json_lines` and `xlsx_file` know no database; `datasets` reads the records in pages;
`jobs` does one export in the background, so that a killed worker's successor goes on where it stopped.
"""
