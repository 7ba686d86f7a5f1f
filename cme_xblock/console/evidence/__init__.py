"""Audit files: everything an accreditation surveyor asks for about one activity, in one signed file.

`gathered` reads what there is of the activity itself, `ledgers` walks its learners, `missing` says what is not there,
`abstract` puts it in the order of ACCME's structured abstract, `building` writes the archive, `working` does so in the
background. The file's form and its verifier are in the room `evidence`, which knows no database.
"""
