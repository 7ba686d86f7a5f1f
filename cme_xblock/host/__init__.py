"""The only room that asks the platform anything: who is this, may they, where are we, what is it told.

Five hosts answer differently (LMS, Studio preview, Studio editor, content library, workbench); the differences were
measured and stand side by side here, so that no other room has an `if` about them. What a room above gets are small
frozen values. Nothing here decides a rule of an accreditor or writes a record.
"""
